# SPDX-License-Identifier: MIT
"""Logins of several users that share a carrel each: together, at random, and never two carrels of one user."""
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import lab, state
from .opener import SUCCESS

USERS, LOGINS, TOGETHER = 5, 200, 20
# Notes in which carrel and from when to when it ran, leaves something behind, and takes its time.
PAYLOAD = """
carrel=$(readlink /proc/self/ns/pid)-$(cut -d' ' -f22 /proc/1/stat)  # numbers of namespaces come again
began=$(date +%s%N)
test "$(cat /proc/1/comm)" = session-init || exit 8
setsid sleep 1000 </dev/null >/dev/null 2>&1 &
echo x >> /tmp/of-all; sleep 0.0$1
case $2 in
0) setsid setsid sleep 1000 </dev/null >/dev/null 2>&1 & ;;
1) head -c 300000 /dev/zero > /dev/shm/mine-$$ ;;
2) sh -c 'kill -9 $$' || true ;;
esac
echo "$carrel $began $(date +%s%N)" >> /home/$(id -un)/ran
"""


def login(machine, user, chance):
    """One login, from its opening to its end; what is wrong with it, if anything is."""
    opener = machine.opener(user)
    code = opener.open()
    if code != SUCCESS:
        opener.quit()
        return f"{user}: not opened: {code}"
    done = opener.run("sh", "-c", PAYLOAD, "payload", str(chance.randint(0, 9)), str(chance.randint(0, 5)))
    how = chance.randint(0, 3)
    if how == 0:
        opener.kill()  # as kill -9 of sshd's monitor
    else:
        if opener.close() != SUCCESS:
            return f"{user}: not closed"
        if not opener.fork_works():
            return f"{user}: no fork after the close"
        opener.quit()
    return None if done.code == 0 else f"{user}: {done}"


def overlaps(user):
    """Two carrels of USER in which something ran at the same time."""
    spans = {}
    for line in Path("/home", user, "ran").read_text(encoding="ascii").splitlines():
        carrel, began, ended = line.split()
        first, last = spans.get(carrel, (int(began), int(ended)))
        spans[carrel] = (min(first, int(began)), max(last, int(ended)))
    order = sorted(spans.values())
    return [f"{user}: {one} and {other}" for one, other in zip(order, order[1:]) if other[0] < one[1]], len(order)


def crowd(machine, rounds):
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    chance = random.Random(seed)
    users = [f"user{number}" for number in range(USERS)]
    for number, user in enumerate(users):
        machine.add_user(user, 2001 + number)
    machine.policy("[match]\nuser = user*\n[session]\nmode = sandbox\nshare = user\nmax_sessions = 100\n")
    before = state.look_when_quiet(machine.trees)
    for turn in range(rounds):
        order = [users[n % USERS] for n in range(LOGINS)]
        chance.shuffle(order)
        chances = [random.Random(chance.random()) for _ in order]
        with ThreadPoolExecutor(TOGETHER) as pool:
            wrong = [line for line in pool.map(lambda pair: login(machine, *pair), zip(order, chances)) if line]
        machine.openers.clear()
        assert not wrong, f"round {turn}: {len(wrong)} of {LOGINS} logins went wrong: {wrong[:3]}"
        machine.log.take()
        left = state.settle(before, machine.trees, 20)
        left = [line for line in left if "/home/" not in line]
        assert not left, f"round {turn}: {left}"
    for user in users:
        found, carrels = overlaps(user)
        assert not found, found
        print(f"{user}: {carrels} carrels, one after the other")


def test_of(rounds):
    lab.main(lambda machine: crowd(machine, rounds))
