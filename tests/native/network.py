# SPDX-License-Identifier: MIT
"""A network of the native host's own."""
import subprocess

from . import syscalls


def ip(*words, check=True):
    return subprocess.run(["ip", *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=check)


def alone():
    """From now on this process, and what it starts, has a loopback that no other test of this machine has."""
    syscalls.unshare(syscalls.NEWNET)
    ip("link", "set", "lo", "up")
