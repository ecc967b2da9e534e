# SPDX-License-Identifier: MIT
"""The ssh client's side: command lines, results, and live sessions that a test can talk to."""
import re
import shlex
import subprocess
import threading
import time

QUIET = ["-F", "none", "-o", "LogLevel=ERROR", "-o", "StrictHostKeyChecking=yes", "-o", "IdentitiesOnly=yes",
         "-o", "UpdateHostKeys=no", "-o", "HostKeyAlias=carrel-test"]


class Result:
    """What a command gave back: rc (255 is also ssh's own failure), stdout, stderr, seconds."""

    def __init__(self, what, rc, stdout, stderr, seconds):
        self.what, self.rc, self.seconds = what, rc, seconds
        self.stdout, self.stderr = stdout, stderr

    @property
    def ok(self):
        return self.rc == 0

    def check(self):
        if self.rc:
            raise AssertionError(f"{self.what}: exit {self.rc}\n{self.stdout}{self.stderr}".rstrip())
        return self

    def __repr__(self):
        return f"Result({self.what!r}, rc={self.rc}, stdout={self.stdout!r}, stderr={self.stderr!r})"


def shell_words(command):
    """A string goes to the remote shell as it is; a list is quoted first."""
    return command if isinstance(command, str) else shlex.join(str(word) for word in command)


def shown(command, limit=100):
    text = " ".join(shell_words(command).split())
    return text if len(text) <= limit else text[:limit] + "..."


# What a terminal takes and shows nothing of: bash's notes on contexts of systemd 258 and later (OSC 3008). The last
# may not be whole yet.
CONTEXT = re.compile(r"\x1b\]3008;[^\x07\x1b]*(?:\x07|\x1b\\|\x1b?\Z)")


def as_text(data):
    """What a person sees of DATA."""
    return CONTEXT.sub("", data.decode(errors="replace").replace("\r\n", "\n")) if data else ""


class Session:
    """A live ssh login. send() a line, expect() a pattern, close() its input; a `with` ends it."""

    def __init__(self, host, argv, what, environment=None):
        self.host, self.what, self.output = host, what, ""
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, env=environment, start_new_session=True)
        self.changed = threading.Condition()
        self.seen = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        raw = b""
        while True:
            data = self.process.stdout.read1(65536)
            with self.changed:
                raw += data
                # Decoded from the start: a read may end inside a character, or between CR and LF.
                self.output = as_text(raw)
                self.changed.notify_all()
            if not data:
                return

    def send(self, line):
        self.process.stdin.write((line + "\n").encode())
        self.process.stdin.flush()

    def expect(self, pattern, deadline=None):
        """Waits for PATTERN in what was not matched yet; the match. Fails on the end or the deadline."""
        end = time.monotonic() + (deadline or 30 * self.host.scale)
        with self.changed:
            while True:
                match = re.compile(pattern, re.MULTILINE).search(self.output, self.seen)
                if match:
                    self.seen = match.end()
                    return match
                if self.process.poll() is not None and not self.changed.wait(0.5):
                    raise AssertionError(f"{self.what}: ended ({self.process.returncode}) without {pattern!r}:"
                                         f"\n{self.output}")
                if time.monotonic() > end:
                    raise AssertionError(f"{self.what}: no {pattern!r} before the deadline:\n{self.output}")
                self.host.assert_alive()
                self.changed.wait(0.25)

    def ask(self, command, deadline=None):
        """Runs COMMAND in the shell at the other end; its output, without a pty's echo of it."""
        # The quotes keep the echo of a pty from matching: only the output has the plain words.
        self.send(f"{command}; echo 'carrel''-end' $?")
        start = self.seen
        match = self.expect(r"carrel-end (\d+)$", deadline)
        return int(match.group(1)), self.output[start:match.start()].strip("\n")

    def wait(self, deadline=None):
        """Waits for the end; ssh's exit code."""
        end = time.monotonic() + (deadline or 30 * self.host.scale)
        while True:
            try:
                return self.process.wait(timeout=0.25)
            except subprocess.TimeoutExpired:
                if time.monotonic() > end:
                    raise AssertionError(f"{self.what}: still running after its deadline:\n{self.output}") from None
                self.host.assert_alive()

    def close(self, deadline=None):
        """End of input, as a person's Ctrl-D; the exit code."""
        if not self.process.stdin.closed:
            self.process.stdin.close()
        return self.wait(deadline)

    def kill(self):
        """The client dies at once, as with a broken network."""
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()
