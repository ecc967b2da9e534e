# SPDX-License-Identifier: MIT
"""Processes by pid and start time: a pid alone may be somebody else's by now."""
import contextlib
import ctypes
import os
import select
import signal
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36


def start_time(pid):
    """Field 22 of /proc/PID/stat; None when there is no such process, or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])


def alive(pid, start):
    return start is not None and start_time(pid) == start


def kill(pid, start):
    """SIGKILL to exactly that process; waits until it is gone."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if alive(pid, start):
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            poller = select.poll()
            poller.register(pidfd, select.POLLIN)
            poller.poll(10_000)
    finally:
        os.close(pidfd)


def become_subreaper():
    """Orphans below this process become its children: nothing that a test starts can get away."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def reap(known):
    """Reaps the zombies that this process was given as a subreaper. Of KNOWN children somebody else wants to hear; a
    zombie goes on holding its pid namespace, though none of its processes."""
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in known:
            with contextlib.suppress(OSError):
                stat = Path(f"/proc/{name}/stat").read_text(encoding="ascii", errors="replace")
                fields = stat.rpartition(")")[2].split()
                if int(fields[1]) == os.getpid() and fields[0] == "Z":
                    os.waitpid(int(name), os.WNOHANG)


def children(pid):
    """{pid: start time} of the direct children, zombies left out. By a walk: /proc/PID/task/TID/children is
    a kernel's option."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                stat = Path(f"/proc/{name}/stat").read_text(encoding="ascii", errors="replace")
                fields = stat.rpartition(")")[2].split()
                if int(fields[1]) == pid and fields[0] != "Z":
                    found[int(name)] = int(fields[19])
    return found


def descendants(pid):
    """The pids of all that PID started, and that those did."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                stat = Path(f"/proc/{name}/stat").read_text(encoding="ascii", errors="replace")
                parents.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(name))
    found, new = set(), [pid]
    while new:
        new = [child for parent in new for child in parents.get(parent, []) if child not in found]
        found.update(new)
    return found


def command_line(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return "?"
