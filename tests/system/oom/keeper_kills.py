# SPDX-License-Identifier: MIT
"""kill -9 of a keeper where it just is: by strace, which stands between the keeper and whoever starts it."""
import contextlib
import os
from collections import namedtuple

from harness import host
from system.limits.watch import group, logins

POLICY = "[match]\nuser = alice, bob\n[cgroup]\nmemory.max = 200M\nmemory.swap.max = 0\npids.max = 64\n"
KEEPER, REAL = "/usr/libexec/carrel/keeper", "/usr/libexec/carrel/keeper.real"
# What it is to be killed at; that, once it is taken; and then who is killed.
ARMED, AIMED, FIRED = "/run/carrel-kill-keeper", "/run/carrel-aimed-keeper", "/run/carrel-killed-keeper"
# The first that is started once it is armed is killed; whoever follows is not. It is slow for a keeper, and must
# not stand in the cgroup of a login that ends meanwhile.
WRAPPER = f"""#!/bin/sh
test "$1" != --leave || echo 0 > /sys/fs/cgroup/cgroup.procs
if mv {ARMED} {AIMED} 2> /dev/null; then
	echo $$ > {FIRED}
	exec strace -qq -o /dev/null $(cat {AIMED}) {REAL} "$@"
fi
exec {REAL} "$@"
"""
OF = f"^{REAL} (--leave )?%d$"
RUNS = f"pgrep -f '{OF % 1001}'"
BOMB = "i=0; while [ $i -lt 100 ]; do sleep 4711 & i=$((i + 1)); done"
HOG = "python3 -c 'hoard = []\nwhile True: hoard.append(bytearray(b\"x\" * (1 << 20)))'; echo en''ded $?"
TOLD = r"carrel: pids\.max 64 reached"

# When it is to die: the phase, a name, and before which system call. TTY is the terminal that is told.
Place = namedtuple("Place", "phase name where")
OPEN = "openat,openat2"
PLACES = (
    Place("start", "takes its lock", "-e inject=flock:signal=KILL:when=1"),
    Place("start", "opens the kernel's log", "-P /dev/kmsg -e inject=openat:signal=KILL"),
    Place("start", "drops its rights", "-e inject=capset:signal=KILL:when=1"),
    Place("start", "finds the limits", f"-P memory.events -e inject={OPEN}:signal=KILL"),
    Place("start", "begins to wait", "-e inject=poll:signal=KILL:when=1"),
    Place("adjusting", "opens a score", f"-P oom_score_adj -e inject={OPEN}:signal=KILL"),
    Place("adjusting", "amidst the scores", f"-P oom_score_adj -e inject={OPEN}:signal=KILL:when=3"),
    Place("telling", "opens the terminal", "-P TTY -e inject=openat:signal=KILL"),
    Place("telling", "writes to it", "-P TTY -e inject=write:signal=KILL"),
    Place("telling", "writes to the log", "-e inject=sendto:signal=KILL:when=1"),
    Place("end", "takes the user's lock", "-e inject=flock:signal=KILL:when=2"),
    Place("end", "ends", "-e inject=exit_group:signal=KILL"),
)


@contextlib.contextmanager
def in_its_place():
    host.run(["mv", KEEPER, REAL]).check()
    host.write(KEEPER, WRAPPER, 0o755)
    try:
        yield
    finally:
        host.run(f"rm -f {ARMED} {AIMED} {FIRED}; mv {REAL} {KEEPER}").check()


def arm(place, tty=""):
    # At once as it is to be: a keeper that starts just now takes it.
    host.write(f"{ARMED}.new", place.where.replace("TTY", tty))
    host.run(["mv", f"{ARMED}.new", ARMED]).check()


def killed():
    """It has been started, and strace has gone with it."""
    host.until(f"p=$(cat {FIRED}) && test -n \"$p\" && ! kill -0 $p")
    host.run(["rm", FIRED]).check()


def another():
    """By systemd at once, elsewhere by the user's next login."""
    if os.environ["CARREL_MANAGER"] == "cgroupfs":
        assert host.run("true", user="alice").rc == 0
    host.until(RUNS)
    return host.run(RUNS).check().stdout.split()


def fresh_keeper():
    """Ends the one that is there, so that the next one is armed's, and waits until it waits for news."""
    host.run(["pkill", "-9", "-f", OF % 1001]).check()
    if os.environ["CARREL_MANAGER"] == "cgroupfs":
        assert host.run("true", user="alice").rc == 0
    host.until(f"test -e {FIRED} && grep -q poll /proc/$({RUNS})/wchan")


def provoke(place, shell):
    if place.phase == "adjusting":
        shell.send(HOG)
        shell.expect(r"ended \d+", deadline=60 * host.scale)
    if place.phase == "telling":
        shell.send(BOMB)


def notice_nothing(shells):
    for shell in shells:
        assert "here" in shell.ask("echo he''re")[1]


def watched(one, two, bob):
    """The one that took over does its work for the sessions that it did not see begin."""
    one.send(BOMB)
    for shell in (one, two):
        shell.expect(TOLD, deadline=60 * host.scale)
    assert "reached" not in bob.output


def leave(one, two, bob):
    one.kill()
    host.until("test $(pgrep -c -u alice) -lt 20")
    for shell in (two, bob):
        shell.send("exit 0")
        assert shell.wait() == 0, shell.output[-300:]
    host.until(f"test ! -e {group('alice')} && ! pgrep -f '^{REAL} ' && ! pgrep -x strace")


def one_place(place):
    with contextlib.ExitStack() as stack:
        if place.phase == "start":
            # bob's must not be the one.
            bob, = stack.enter_context(logins("bob", tty=True))
            host.until(["pgrep", "-f", OF % 1002])
            arm(place)
            one, two = stack.enter_context(logins("alice", "alice", tty=True))
        else:
            one, two, bob = stack.enter_context(logins("alice", "alice", "bob", tty=True))
            host.until(RUNS)
            host.until(["pgrep", "-f", OF % 1002])  # bob's must not be the one
            # It opens the name in the folder of the session's own terminals.
            number = one.ask("tty")[1].strip().rpartition("/")[2]
            assert number.isdecimal(), number
            arm(place, f"{number} -P /dev/pts/{number}")
            fresh_keeper()
        if place.phase != "end":
            provoke(place, one)
            killed()
            notice_nothing((two, bob))
            if place.phase == "telling":
                host.run("pkill -u alice -x sleep; true")
            notice_nothing((one,))
            new = another()
            assert len(new) == 1, new
            watched(one, two, bob)
        leave(one, two, bob)
    if place.phase == "end":
        killed()
        # Its lock and the user's are free: the next login has all that it needs.
        with logins("alice", "alice", "bob", tty=True) as shells:
            assert len(another()) == 1
            watched(*shells)
            leave(*shells)
    print(f"{place.phase:10} {place.name:24} another takes over, sessions go on, nothing is left", flush=True)


def matrix(places):
    with host.policy("90-keeper.ini", POLICY), in_its_place():
        print("kill -9 of a keeper")
        for place in places:
            try:
                one_place(place)
            except AssertionError as error:
                raise AssertionError(f"{place.phase}, when it {place.name}: {error}") from error
