# SPDX-License-Identifier: MIT
"""A program, ssh mostly, in a pty of its own, as in a person's window."""
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time

from .ssh import as_text


class Terminal:
    scale = 1  # of the deadlines

    def __init__(self, argv, rows=33, columns=101, term="dumb"):
        self.master, slave = pty.openpty()
        self.raw, self.output, self.seen = b"", "", 0
        self._size(rows, columns)
        self.child = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                      env={**os.environ, "TERM": term})
        os.close(slave)

    def _size(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, rows, columns):
        self._size(rows, columns)
        self.child.send_signal(signal.SIGWINCH)

    def type(self, text):
        os.write(self.master, text.encode())

    def _read(self):
        self.raw += os.read(self.master, 65536)
        self.output = as_text(self.raw)  # from the start: a read may end inside a character, or between CR and LF

    def expect(self, pattern):
        end = time.monotonic() + 30 * self.scale
        os.set_blocking(self.master, False)
        while not (match := re.search(pattern, self.output[self.seen:], re.M)):
            assert time.monotonic() < end, f"no {pattern!r}: {self.output!r}"
            try:
                self._read()
            except BlockingIOError:
                time.sleep(0.02)
            except OSError as error:  # EIO: the client has ended
                raise AssertionError(f"ended without {pattern!r}: {self.output!r}") from error
        self.seen += match.end()
        return match

    def run(self, command):
        """COMMAND's output; the quotes keep the echo from matching."""
        self.type(f"{command}; echo 'the''-end'\n")
        start = self.seen
        length = self.expect("^the-end\n").start()
        return self.output[start:start + length].partition("\n")[2]

    def end(self):
        """Reads to the end, as a window does; the exit code."""
        deadline = time.monotonic() + 30 * self.scale
        os.set_blocking(self.master, False)
        while True:
            ended = self.child.poll() is not None
            assert time.monotonic() < deadline, f"still there: {self.output!r}"
            try:
                self._read()
            except OSError:  # nothing to read, or EIO at the end
                if ended:
                    return self.child.returncode
                time.sleep(0.02)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        os.close(self.master)
