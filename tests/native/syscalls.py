# SPDX-License-Identifier: MIT
"""System calls that Python's os module does not have (3.11)."""
import ctypes
import os

NEWNS, NEWCGROUP, NEWIPC, NEWUSER, NEWPID = 0x20000, 0x2000000, 0x8000000, 0x10000000, 0x20000000
MS_BIND, MS_REC, MS_PRIVATE, MS_SHARED = 0x1000, 0x4000, 1 << 18, 1 << 20
MS_NOSUID, MS_NODEV = 2, 4
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


def unshare(flags):
    _check(_libc.unshare(flags), f"unshare {flags:#x}")


def mount(source, target, kind=None, flags=0, data=None):
    words = [None if word is None else os.fsencode(word) for word in (source, target, kind)]
    _check(_libc.mount(*words, ctypes.c_ulong(flags), None if data is None else data.encode()), str(target))


def umount(target):
    _check(_libc.umount2(os.fsencode(target), 0), str(target))


def die_with_parent(signal):
    _check(_libc.prctl(PR_SET_PDEATHSIG, signal), "prctl")
