# SPDX-License-Identifier: MIT
"""A FUSE file system (the kernel's fuse.rst) that takes requests and never answers one.

    with fuse.silent("/home/teacher", uid=1001) as served:
        …
        assert served.requests() == []

It ends with its process, which dies with the test's: the kernel then answers all that wait with an error.
"""
import contextlib
import os
import signal
import stat
import struct
from pathlib import Path

from . import syscalls

DEVICE = Path("/run/native/fuse")
INIT, ACCESS, GETATTR, LOOKUP, STATFS = 26, 34, 3, 1, 17
NAMES = {ACCESS: "ACCESS", GETATTR: "GETATTR", LOOKUP: "LOOKUP", STATFS: "STATFS", 36: "INTERRUPT", 2: "FORGET"}
IN_HEADER = struct.Struct("<IIQQIIIHH")  # struct fuse_in_header
OUT_HEADER = struct.Struct("<IiQ")
INIT_OUT = struct.Struct("<IIIIHHIIHHI28x")
BUFFER = 1 << 20


class _Served:
    def __init__(self, pipe):
        self.pipe = pipe

    def requests(self):
        """The names of the requests that came since the last call, but for the first, which is the kernel's own."""
        seen = b""
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self.pipe, 65536):
                seen += chunk
        return [NAMES.get(code, str(code)) for code in seen]


def _serve(device, pipe, reads):
    syscalls.die_with_parent(signal.SIGKILL)
    _length, code, unique, *_rest = IN_HEADER.unpack_from(os.read(device, BUFFER))
    assert code == INIT
    answer = INIT_OUT.pack(7, 31, 0, 0, 0, 0, 1 << 16, 1, 1, 0, 0)
    os.write(device, OUT_HEADER.pack(OUT_HEADER.size + len(answer), 0, unique) + answer)
    os.write(pipe, b"\0")
    while reads:
        os.write(pipe, bytes([IN_HEADER.unpack_from(os.read(device, BUFFER))[1]]))
    signal.pause()


def _mount(device, target, uid):
    syscalls.mount("silent", target, "fuse", syscalls.MS_NOSUID | syscalls.MS_NODEV,
                   f"fd={device},rootmode=40000,user_id={uid},group_id={uid},allow_other")


def _serve_inside(init, device, target, uid, pipe):
    """Its namespaces are those of INIT, with which it ends."""
    for kind in ("pid", "mnt"):
        space = os.open(f"/proc/{init}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
        syscalls.setns(space)
        os.close(space)
    _mount(device, target, uid)
    pid = os.fork()
    if pid == 0:
        _serve(device, pipe, reads=True)
    os.close(device)
    os.close(pipe)
    os.waitpid(pid, 0)


@contextlib.contextmanager
def silent(target, uid, reads=True, inside=None):
    """Mounted on TARGET as fusermount would for UID, with allow_other. A request that has been read (READS) ends by an
    answer alone: whoever waits for it cannot even be killed. With INSIDE, a pid, it is mounted and served in the
    namespaces of that process's session."""
    if not DEVICE.exists():
        os.mknod(DEVICE, 0o600 | stat.S_IFCHR, os.makedev(10, 229))
    device = os.open(DEVICE, os.O_RDWR | os.O_CLOEXEC)
    ours, theirs = os.pipe()
    if not inside:
        _mount(device, target, uid)
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(OSError):
            if inside:
                _serve_inside(inside, device, target, uid, theirs)
            else:
                _serve(device, theirs, reads)
        os._exit(0)
    os.close(device)
    os.close(theirs)
    try:
        assert os.read(ours, 1) == b"\0", "the kernel took no answer"
        os.set_blocking(ours, False)
        yield _Served(ours)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(ours)
        if not inside:
            syscalls.umount(target, syscalls.MNT_DETACH)
