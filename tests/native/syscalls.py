# SPDX-License-Identifier: MIT
"""System calls that Python's os module does not have (3.11)."""
import ctypes
import os

NEWNS, NEWCGROUP, NEWIPC, NEWUSER, NEWPID = 0x20000, 0x2000000, 0x8000000, 0x10000000, 0x20000000
NEWNET = 0x40000000
MS_BIND, MS_REC, MS_PRIVATE, MS_SHARED = 0x1000, 0x4000, 1 << 18, 1 << 20
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 2, 4, 8, 32
MNT_DETACH, AT_FDCWD, AT_EMPTY_PATH, AT_RECURSIVE, OPEN_TREE_CLONE, MOVE_MOUNT_F_EMPTY_PATH = 2, -100, 0x1000, 0x8000, 1, 4
PR_SET_PDEATHSIG = 1
# The numbers of all architectures since Linux 5.2, but for the first, an old one.
SYS_pivot_root = {"x86_64": 155, "aarch64": 41}.get(os.uname().machine)
SYS_open_tree, SYS_move_mount = 428, 429

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


def unshare(flags):
    _check(_libc.unshare(flags), f"unshare {flags:#x}")


def setns(descriptor):
    """Into the namespace that DESCRIPTOR is of."""
    _check(_libc.setns(descriptor, 0), "setns")


def mount(source, target, kind=None, flags=0, data=None):
    words = [None if word is None else os.fsencode(word) for word in (source, target, kind)]
    _check(_libc.mount(*words, ctypes.c_ulong(flags), None if data is None else data.encode()), str(target))


def pivot_into(folder):
    """The mount at FOLDER becomes the root of this mount namespace, and nothing else stays."""
    os.chdir(folder)
    _check(_libc.syscall(SYS_pivot_root, b".", b"."), "pivot_root")
    _check(_libc.umount2(b".", MNT_DETACH), "umount of the old root")
    os.chdir("/")


def leave_chroot():
    """Back to the root of the mount namespace, of which "/" may be a part only (chroot)."""
    own = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    _check(_libc.setns(own, NEWNS), "setns")
    os.close(own)


def copy_tree(folder):
    """A mount, not attached anywhere yet, of what the open FOLDER and all below it show."""
    tree = _libc.syscall(SYS_open_tree, folder, b"", OPEN_TREE_CLONE | AT_EMPTY_PATH | AT_RECURSIVE)
    _check(tree, "open_tree")
    return tree


def attach(tree, target):
    _check(_libc.syscall(SYS_move_mount, tree, b"", AT_FDCWD, os.fsencode(target), MOVE_MOUNT_F_EMPTY_PATH),
           f"move_mount to {target}")


def umount(target, flags=0):
    _check(_libc.umount2(os.fsencode(target), flags), str(target))


def die_with_parent(signal):
    _check(_libc.prctl(PR_SET_PDEATHSIG, signal), "prctl")
