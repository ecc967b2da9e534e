# SPDX-License-Identifier: MIT
"""What a session costs in memory: session-init by itself, and all that the kernel keeps for it."""
import contextlib
import os
from pathlib import Path

from native import lab, syscalls

import openings
from samples import CARREL, PLAIN, Missing, median

SESSIONS = 200
V1 = Path("/run/native/memory")


def private_kib(pid):
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean:", "Private_Dirty:")))


@contextlib.contextmanager
def account(machine):
    """Yields the file that says how much memory is used on behalf of what runs here, the kernel's included."""
    unified = machine.cgroup / "memory.current"
    if unified.exists():
        yield unified
        return
    if ":memory:" not in Path("/proc/self/cgroup").read_text(encoding="ascii"):
        raise Missing("session_kib needs a cgroup that counts memory")
    V1.mkdir()
    syscalls.mount("native", V1, "cgroup", syscalls.MS_NOSUID, "memory")
    folder = V1 / f"carrel-bench-{os.getpid()}"
    folder.mkdir()
    try:
        (folder / "cgroup.procs").write_text("0")
        yield folder / "memory.usage_in_bytes"
    finally:
        (V1 / "cgroup.procs").write_text("0")
        lab.until(lambda: not (folder / "cgroup.procs").read_text(), 10, f"{folder} is empty")
        folder.rmdir()
        syscalls.umount(V1)
        V1.rmdir()


def held_kib(used, service, users):
    """The memory of SESSIONS processes with an open session."""
    before = int(used.read_text())
    with openings.held_sessions(SESSIONS, service, users):
        return (int(used.read_text()) - before) / 1024


def measure(machine, result):
    result.line(f"memory of a session, over {SESSIONS}")
    users = openings.many_users(machine, SESSIONS)
    with openings.held_sessions(SESSIONS, CARREL, users):
        result.set("init_private_kib", median(map(private_kib, lab.pids("session-init"))))
    result.line(f"  session-init, private      {result.figures['init_private_kib']:8.0f} KiB")
    with account(machine) as used:
        held_kib(used, CARREL, users)  # what the first ones leave in caches
        plain, carrel = (held_kib(used, service, users) for service in (PLAIN, CARREL))
    result.set("session_kib", (carrel - plain) / SESSIONS)
    result.line(f"  a session in all           {result.figures['session_kib']:8.0f} KiB more than one without carrel "
                f"({plain / SESSIONS:.0f} KiB)")
