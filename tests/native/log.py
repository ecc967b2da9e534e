# SPDX-License-Identifier: MIT
"""The system log of a native host: a process that writes down what comes to its /dev/log."""
import os
import signal
import socket
import time
from pathlib import Path

PATH = "/dev/log"
FILE = Path("/run/native/log")
END = b"\0\n"  # between messages: syslog(3) cuts a message at a NUL, so none can have one


def _collect(listener):
    with open(FILE, "ab", buffering=0) as out:
        while True:
            out.write(listener.recv(65536) + END)


class Log:
    """One datagram is one message, as a journal would take it."""

    def __init__(self):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind(PATH)
        os.chmod(PATH, 0o666)
        FILE.touch()
        self.read = 0
        self.marks = 0
        self.pid = os.fork()
        if self.pid == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.closerange(0, listener.fileno())
            _collect(listener)
        listener.close()

    def _mark(self):
        """The datagrams come in order: once the mark is in the file, all before it are."""
        self.marks += 1
        mark = f"<native mark {self.marks}>".encode()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(mark, PATH)
        return mark + END

    def take(self, seconds=10):
        """The messages since the last call, without their priority and date."""
        mark = self._mark()
        end = time.monotonic() + seconds
        while True:
            data = FILE.read_bytes()[self.read:]
            if mark in data:
                break
            assert time.monotonic() < end, "the log collector does not answer"
            time.sleep(0.002)
        self.read += data.index(mark) + len(mark)
        parts = data[:data.index(mark)].split(END)[:-1]
        return [part.decode(errors="backslashreplace").partition(">")[2][16:].rstrip("\n") for part in parts
                if not part.startswith(b"<native mark")]
