# SPDX-License-Identifier: MIT
"""Whole sessions beside crun, whose container has the same namespaces and mounts."""
import contextlib
import json
from pathlib import Path

from native import syscalls

from samples import CARREL, UID, USER, collect, need, percentile, program

BUNDLE = Path("/run/native/bundle")
CGROUPS = Path("/sys/fs/cgroup")
HOME = f"/home/{USER}"
MOUNTS = (  # the destination, the type, and its options
    ("/home", "tmpfs", "mode=0755,size=4k"), (HOME, "bind", "rbind"), ("/run/user", "tmpfs", "mode=0755,size=512m"),
    ("/tmp", "tmpfs", "mode=1777,size=512m"), ("/var/tmp", "tmpfs", "mode=1777,size=512m"),
    ("/run/lock", "tmpfs", "mode=1777,size=5m"), ("/dev/shm", "tmpfs", "mode=1777,size=256m"),
    ("/dev/mqueue", "mqueue", ""), ("/dev/pts", "devpts", "newinstance,ptmxmode=0666,mode=0620,gid=5"),
    ("/proc", "proc", ""), (str(CGROUPS), "cgroup", "ro"))


def configuration():
    """An OCI bundle's (runtime-spec 1.0): the host's root, and in it what carrel's default sandbox mounts."""
    def one(path, kind, options):
        source = path if kind == "bind" else kind
        return {"destination": path, "type": kind, "source": source,
                "options": ["nosuid", "nodev", *filter(None, options.split(","))]}
    return {"ociVersion": "1.0.0", "root": {"path": str(BUNDLE / "root")}, "mounts": [one(*row) for row in MOUNTS],
            "process": {"user": {"uid": UID, "gid": UID}, "args": ["/bin/true"], "cwd": "/", "env": ["PATH=/usr/bin"]},
            "linux": {"namespaces": [{"type": kind} for kind in ("mount", "pid", "ipc", "cgroup")]}}


@contextlib.contextmanager
def bundle():
    """crun's root cannot be "/" itself, so it is a copy of all mounts, which carrel's sessions have as well."""
    root = BUNDLE / "root"
    root.mkdir(parents=True)
    (BUNDLE / "config.json").write_text(json.dumps(configuration()), encoding="ascii")
    syscalls.mount("/", root, None, syscalls.MS_BIND | syscalls.MS_REC)
    syscalls.mount(None, root, None, syscalls.MS_PRIVATE | syscalls.MS_REC)
    try:
        yield
    finally:
        syscalls.umount(root, syscalls.MNT_DETACH)


@contextlib.contextmanager
def unified():
    """crun takes a machine whose /sys/fs/cgroup is cgroup2, and refuses one that has v1 hierarchies besides."""
    if (CGROUPS / "cgroup.procs").exists():
        yield
        return
    syscalls.mount("cgroup2", CGROUPS, "cgroup2", syscalls.MS_NOSUID)
    try:
        yield
    finally:
        syscalls.umount(CGROUPS)


def beside_crun(_machine, result, rounds):
    result.line("the same beside crun, where /sys/fs/cgroup is cgroup2 alone")
    # Without a cgroup, which carrel makes: with processes in the root, as here, crun would try for two seconds to enable
    # controllers for it.
    argv = [need("crun"), "--cgroup-manager=disabled", "--root", str(BUNDLE / "state"), "run", "--bundle", str(BUNDLE),
            "bench"]
    with unified(), bundle():
        found = collect(program("session", rounds, CARREL, USER, "--", "crun", *argv))
    for name in ("session", "session_gone", "crun"):
        result.timing(name, found[name])
    result.set("session_p50_over_crun", percentile(found["session"], 50) / percentile(found["crun"], 50))
