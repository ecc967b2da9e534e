# SPDX-License-Identifier: MIT
"""Opening and closing: the module beside the floor; with many sessions open; with many mounts."""
import contextlib
import subprocess
from pathlib import Path

from native import lab, syscalls

from samples import CARREL, UID, USER, collect, percentile, program

SESSIONS = 1000
SESSIONS_A_USER = 20  # what the shipped policy allows
MOUNTS = 1000
PAUSE_MS = 250


def run(rounds, pause_ms=0):
    """{open, close, floor} of one interleaved run."""
    return collect(program("open", rounds, pause_ms, CARREL, USER, program("floor_init")[0], UID, f"/home/{USER}",
                           "/sys/fs/cgroup"))


def against_floor(_machine, result, rounds):
    result.line("opening and closing a session, beside the floor")
    found = run(rounds)
    for name in ("open", "floor", "close"):
        result.timing(name, found[name])
    for percent in (50, 99):
        opened, floor = (percentile(found[name], percent) for name in ("open", "floor"))
        result.set(f"open_p{percent}_ms", opened)
        result.set(f"floor_p{percent}_ms", floor)
        result.set(f"close_p{percent}_ms", percentile(found["close"], percent))
        result.set(f"open_p{percent}_over_floor", opened / floor)
    # Other work on the machine only ever adds: the smallest are what the two cost by themselves.
    result.set("open_min_over_floor", found["open"][0] / found["floor"][0])


def after_a_pause(_machine, result, rounds):
    """As logins come: not one right after the other."""
    result.line(f"the same with {PAUSE_MS} ms between")
    found = run(rounds, PAUSE_MS)
    for name in ("open", "floor", "close"):
        result.timing(name, found[name])
        result.set(f"{name}_cold_p50_ms", percentile(found[name], 50))


def against_many(result, rounds, name, setting):
    """open_p50 within SETTING over open_p50 before and after it, so that a drift does not count."""
    medians = []
    for manager in (contextlib.nullcontext, setting, contextlib.nullcontext):
        with manager():
            found = run(rounds)
        label = name if manager is setting else "as before"
        result.timing(f"open, {label}", found["open"])
        result.timing(f"floor, {label}", found["floor"])
        medians.append(percentile(found["open"], 50))
    result.set(f"open_{name}_over_1", 2 * medians[1] / (medians[0] + medians[2]))


@contextlib.contextmanager
def held_sessions(count, service, users):
    """COUNT sessions that stay open; yields their holder."""
    with subprocess.Popen(program("hold", count, service, *users), stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "ready\n", "hold failed"
        yield holder
        holder.stdin.close()
        assert holder.wait() == 0, "hold failed"
    lab.until(lambda: not lab.pids("session-init"), 60, "the held sessions have ended")


def many_users(machine, count):
    users = [f"user{number}" for number in range(count // SESSIONS_A_USER)]
    for number, user in enumerate(users):
        if not Path("/home", user).exists():
            machine.add_user(user, 2000 + number)
    return users


def many_sessions(machine, result, rounds):
    result.line(f"opening while {SESSIONS} sessions of {SESSIONS // SESSIONS_A_USER} users are open")
    users = many_users(machine, SESSIONS)
    against_many(result, rounds, str(SESSIONS), lambda: held_sessions(SESSIONS, CARREL, users))


@contextlib.contextmanager
def mounted(count):
    top = Path("/run/native/mounts")
    for number in range(count):
        folder = top / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        syscalls.mount("native", folder, "tmpfs", 0, "size=4k")
    yield
    for number in range(count):
        syscalls.umount(top / str(number))


def many_mounts(_machine, result, rounds):
    result.line(f"opening on a host with {MOUNTS} mounts more")
    against_many(result, rounds, f"{MOUNTS}_mounts", lambda: mounted(MOUNTS))
