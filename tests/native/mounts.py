# SPDX-License-Identifier: MIT
"""The file systems of a native host: everything that carrel or a test writes to is the host's own."""
import os
import shutil
import stat
from pathlib import Path

from .syscalls import (MS_BIND, MS_NODEV, MS_NOSUID, MS_PRIVATE, MS_REC, MS_SHARED, attach, copy_tree, leave_chroot,
                       mount, pivot_into)

# Where the host keeps what it needs itself; below /run, which is its own.
STAGE = Path("/run/native")
BUILT = STAGE / "build"
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
COVERED = ("/home", "/tmp", "/var/tmp")


def tmpfs(path, mode):
    mount("native", path, "tmpfs", MS_NOSUID, f"mode={mode:o}")


def overlay(path, userns):
    """What is there already, with changes that only this host sees."""
    name = str(path).replace("/", "-")
    upper, work = STAGE / f"upper{name}", STAGE / f"work{name}"
    upper.mkdir()
    work.mkdir()
    options = f"lowerdir={path},upperdir={upper},workdir={work}" + (",userxattr" if userns else "")
    mount("native", path, "overlay", 0, options)


def bind(source, target, flags=0):
    mount(source, target, None, MS_BIND | flags)


def make_devices(userns):
    """A /dev of the host's own, because /dev/log must be."""
    new = STAGE / "dev"
    new.mkdir()
    tmpfs(new, 0o755)
    for name in DEVICES:
        if userns:  # a user namespace may make no devices
            (new / name).touch()
            bind(f"/dev/{name}", new / name)
        else:
            os.mknod(new / name, 0o666 | stat.S_IFCHR, os.stat(f"/dev/{name}").st_rdev)
            os.chmod(new / name, 0o666)
    for name, target in (("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2"),
                         ("ptmx", "pts/ptmx")):
        os.symlink(target, new / name)
    for name in ("pts", "shm", "mqueue"):
        (new / name).mkdir()
    mount("native", new / "pts", "devpts", MS_NOSUID, "newinstance,ptmxmode=0666,mode=620,gid=5")
    tmpfs(new / "shm", 0o1777)
    mount("native", new / "mqueue", "mqueue", MS_NOSUID | MS_NODEV)
    mount(new, "/dev", None, MS_BIND | MS_REC)


def stage(tree, build):
    """Keeps in reach what a cover may hide."""
    for source, target in ((tree, STAGE / "tree"), (build, BUILT)):
        target.mkdir(parents=True)
        bind(source, target, MS_REC)


def uncover(tree):
    """The source tree is at its own place again, wherever that is."""
    if any(tree.is_relative_to(path) for path in COVERED):
        tree.mkdir(parents=True)
        bind(STAGE / "tree", tree, MS_REC)


def own_root():
    """A private tree with "/" as its root, also where "/" is a folder of a larger one: setns(2) leads to the root of
    the namespace."""
    folder = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    leave_chroot()
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    if not os.path.samestat(os.fstat(folder), os.stat("/")):
        tree = copy_tree(folder)
        attach(tree, "/proc")
        os.close(tree)
        pivot_into("/proc")
    os.close(folder)


def make_cgroups(cgroup_mount, trees):
    """Each tree again, from the host's own folder on. Not on the machine's own mounts directly: the kernel refuses
    to cover a file system by itself."""
    top = Path("/sys/fs/cgroup")
    tmpfs(top if cgroup_mount.is_relative_to(top) else cgroup_mount, 0o755)
    cgroup_mount.mkdir(exist_ok=True)
    mount("cgroup2", cgroup_mount, "cgroup2", MS_NOSUID | MS_NODEV)
    for each in trees:
        each.mount.mkdir()
        mount("cgroup", each.mount, "cgroup", MS_NOSUID | MS_NODEV, ",".join(each.controllers))


def make(tree, build, cgroup_mount, trees, userns):
    """Called once in a new mount namespace; the host's processes and users come later."""
    own_root()
    tmpfs("/run", 0o755)
    stage(tree, build)
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV)
    make_devices(userns)
    libexec = "/usr/libexec" if os.path.isdir("/usr/libexec") else "/usr"
    for path in ("/etc", libexec, "/var/lib"):
        overlay(path, userns)
    for path in COVERED:
        tmpfs(path, 0o755 if path == "/home" else 0o1777)
    uncover(tree)
    make_cgroups(cgroup_mount, trees)
    for path in ("/run/user", "/run/sshd", "/run/lock"):
        os.mkdir(path, 0o755)
    os.chmod("/run/lock", 0o1777)
    # As systemd leaves it: what is mounted on the host later appears in sandboxes that are slaves.
    mount(None, "/", None, MS_REC | MS_SHARED)
    os.chdir(tree)


def install():
    """The built files, where a `make install` puts them; the module where PAM files can name it."""
    folder = Path("/usr/libexec/carrel")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o755)
    for name, mode in (("session-init", 0o755), ("pam_carrel.so", 0o644), ("carrel", 0o755),
                       ("guest-attach", 0o755), ("guest-launch", 0o755)):
        shutil.copyfile(BUILT / name, folder / name)
        os.chmod(folder / name, mode)
    shutil.rmtree("/etc/carrel", ignore_errors=True)
    Path("/etc/carrel/policies.d").mkdir(parents=True)
