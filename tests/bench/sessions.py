# SPDX-License-Identifier: MIT
"""Whole sessions: carrel's beside those of bubblewrap and unshare(1) with the same isolation."""
from pathlib import Path

from samples import CARREL, UID, USER, collect, need, percentile, program

TABLE = Path("/run/native/fstab")
HOME, ASIDE = f"/home/{USER}", "/mnt"


def mount_table():
    """What carrel's default sandbox mounts, for one mount(8). The home is set aside before it is covered."""
    return f"""{HOME} {ASIDE} none bind 0 0
sandbox-homes /home tmpfs size=4k,mode=755,nosuid,nodev 0 0
{ASIDE} {HOME} none bind,x-mount.mkdir 0 0
sandbox-run /run/user tmpfs size=512M,mode=755,nosuid,nodev 0 0
sandbox-tmp /tmp tmpfs size=512M,mode=1777,nosuid,nodev 0 0
sandbox-vartmp /var/tmp tmpfs size=512M,mode=1777,nosuid,nodev 0 0
sandbox-lock /run/lock tmpfs size=5M,mode=1777,nosuid,nodev 0 0
sandbox-shm /dev/shm tmpfs size=256M,mode=1777,nosuid,nodev 0 0
sandbox-mqueue /dev/mqueue mqueue nosuid,nodev,noexec 0 0
sandbox-proc /proc proc nosuid,nodev,noexec 0 0
sandbox-cgroup /sys/fs/cgroup cgroup2 ro,nosuid,nodev,noexec 0 0
"""


def as_true():
    return program("as_user", UID, "/bin/true")


def unshare():
    """unshare(1) knows namespaces; the mounts are made by one mount(8) in them."""
    TABLE.write_text(mount_table(), encoding="ascii")
    inside = f"{need('mount')} --all --fstab {TABLE} && exec {' '.join(as_true())}"
    return [need("unshare"), "--mount", "--pid", "--ipc", "--cgroup", "--fork", "--propagation", "slave",
            "/bin/sh", "-c", inside]


def unshare_bare():
    """Namespaces and /proc alone: less isolation than the others have."""
    return [need("unshare"), "--mount", "--pid", "--ipc", "--cgroup", "--fork", "--propagation", "slave",
            "--mount-proc", f"--setgid={UID}", f"--setuid={UID}", "/bin/true"]


def bwrap(cgroup):
    return [need("bwrap"), "--unshare-pid", "--unshare-ipc", "--unshare-cgroup", "--dev-bind", "/", "/",
            "--proc", "/proc", "--perms", "0755", "--size", "4096", "--tmpfs", "/home", "--bind", HOME, HOME,
            "--remount-ro", "/home", "--tmpfs", "/run/user", "--perms", "0700", "--dir", f"/run/user/{UID}",
            "--perms", "1777", "--tmpfs", "/tmp", "--perms", "1777", "--tmpfs", "/var/tmp",
            "--perms", "1777", "--tmpfs", "/run/lock", "--perms", "1777", "--tmpfs", "/dev/shm", "--mqueue", "/dev/mqueue",
            "--ro-bind", str(cgroup), "/sys/fs/cgroup", *as_true()]


def whole(machine, result, rounds):
    result.line("a whole session around /bin/true: begin, run it as the user, end")
    others = {"unshare": unshare(), "unshare_bare": unshare_bare(), "bwrap": bwrap(machine.cgroup)}
    words = [word for name, argv in others.items() for word in ("--", name, *argv)]
    found = collect(program("session", rounds, CARREL, USER, *words))
    for name in ("session", "session_gone", *others):
        result.timing(name, found[name])
    for name in ("load", "open", "run", "close", "unload"):
        result.timing(f"of session: {name}", found[name])
    session = percentile(found["session"], 50)
    result.set("session_p50_ms", session)
    # Until session-init is gone too, for which nobody waits at a logout.
    result.set("session_gone_p50_ms", percentile(found["session_gone"], 50))
    for name in others:
        result.set(f"session_p50_over_{name}", session / percentile(found[name], 50))
