# SPDX-License-Identifier: MIT
"""Logins by ssh to a real sshd, many at a time."""
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import lab, sshd, state

USERS = ("alice", "bob")
# Two processes stay behind, one of them out of reach of the shell; what it prints must be the session's own.
COMMAND = ("test ! -e /tmp/mine && echo $$ > /tmp/mine && (setsid nohup sleep 1000 >/dev/null 2>&1 </dev/null &); "
           "cat /proc/1/comm; id -un; ls /home; head -c 100000 /dev/zero | wc -c")


def login(port, user):
    """What is wrong with one login, if anything is."""
    done = subprocess.run(sshd.command(port, user, COMMAND), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=120, check=False)
    wanted = f"session-init\n{user}\n{user}\n100000\n"
    return None if (done.returncode, done.stdout) == (0, wanted) else f"{user}: {done}"


def descriptors(pid):
    return sorted(os.readlink(f"/proc/{pid}/fd/{name}").partition(":")[0] for name in os.listdir(f"/proc/{pid}/fd"))


def idle(pid):
    """Only the listener is left, and nothing of any session."""
    return not lab.pids("session-init") and not Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")


def through_sshd(machine, logins, together):
    machine.policy(f"{lab.POLICY}max_sessions = 100\nbanner = no\n")
    sshd.make_keys(*USERS)
    with sshd.listening("carrel-volume") as (port, server):
        assert not login(port, "alice")
        lab.until(lambda: idle(server.pid), 10, "the first login is gone")
        before, open_before = state.look_when_quiet(machine.trees), descriptors(server.pid)
        with ThreadPoolExecutor(together) as pool:
            wrong = [line for line in pool.map(lambda n: login(port, USERS[n % 2]), range(logins)) if line]
        assert not wrong, f"{len(wrong)} of {logins} logins were lost: {wrong[:3]}"
        left = state.settle(before, machine.trees, 20)
        assert not left, left
        assert descriptors(server.pid) == open_before
        numbers = [int((machine.state_of(user) / "next").read_text()) for user in USERS]
        assert sum(numbers) == logins + 1, f"{numbers} sessions were counted"


def test_of(logins, together):
    lab.main(lambda machine: through_sshd(machine, logins, together))
