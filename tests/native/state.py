# SPDX-License-Identifier: MIT
"""Everything that a session may leave behind in a native host, as lines that can be compared."""
import os
import stat
import time
from collections import Counter

from harness import snapshot


def _cgroups(roots):
    for root in roots:
        for folder, _subfolders, _files in os.walk(root):
            if folder != root and not folder.endswith("/carrel"):
                yield folder


def look(cgroup_roots):
    """Two sessions of the same kind give the same lines: no pids, no inode numbers that come anew."""
    table = snapshot.processes()
    state = {name: Counter() for name in ("process", "namespace", "mount", "descriptor")}
    owners = {}
    for pid, (_parent, comm, uid, group) in table.items():
        state["process"][f"{comm} uid={uid} cgroup={group}"] += 1
        for target in snapshot.namespaces_of(pid):
            if snapshot.NAMESPACE.match(target):
                state["namespace"][target] = 1
        for name in snapshot.names(f"/proc/{pid}/fd"):
            target = snapshot.link(f"/proc/{pid}/fd/{name}")
            if not target.startswith(("pipe:", "socket:", "/")):
                state["descriptor"][f"{comm} {target}"] += 1
        owners.setdefault(snapshot.link(f"/proc/{pid}/ns/mnt"), pid)
    for label, pid in owners.items():
        for line, _root in snapshot.mount_lines(pid, label):
            state["mount"][line] += 1
    state["cgroup"] = Counter(_cgroups(cgroup_roots))
    files = [*snapshot.files_below("/run/carrel"), *snapshot.temporary()]
    # How many sessions a user has had is not for a session to take back, and the folder holds it.
    state["file"] = Counter(name for name in files if not name.startswith("/run/carrel") or "/." in name
                            or (name.count("/") > 4 and not name.endswith(("/next", "/keeper"))))
    state["ipc"] = Counter(snapshot.sysv())
    return state


def look_when_quiet(cgroup_roots, seconds=10):
    """look(), once nothing is there that only waits for its parent: that would be gone next time."""
    end = time.monotonic() + seconds
    while True:
        state = look(cgroup_roots)
        if not any("(zombie)" in line for line in state["process"]):
            return state
        assert time.monotonic() < end, f"zombies stay: {state['process']}"
        time.sleep(0.01)


def settle(before, cgroup_roots, seconds):
    """What differs from BEFORE when the deadline passes; returns as soon as nothing does."""
    end = time.monotonic() + seconds
    while True:
        lines = snapshot.difference(before, look(cgroup_roots))
        if not lines or time.monotonic() > end:
            return lines
        time.sleep(0.01)


def look_into(folder):
    """All of a folder: names, contents, owners, modes, times, attributes."""
    found = {}
    for path in sorted([folder, *folder.rglob("*")]):
        st = path.lstat()
        content = os.readlink(path) if path.is_symlink() else path.read_bytes() if stat.S_ISREG(st.st_mode) else b""
        found[str(path)] = (st.st_mode, st.st_uid, st.st_gid, st.st_nlink, st.st_ino, st.st_mtime_ns, st.st_ctime_ns,
                            content, sorted(os.listxattr(path, follow_symlinks=False)))
    return found
