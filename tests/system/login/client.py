# SPDX-License-Identifier: MIT
"""The client's side of a login: programs that ssh carries, connections that stay, and files to send."""
import contextlib
import hashlib
import random
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from harness import host
from harness.ssh import shell_words

BANNER = "carrel: your limits here: "
BLOB = random.Random(1).randbytes(5_000_000)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@contextlib.contextmanager
def workspace():
    """A folder of this machine's, with 5 MB to send in the file blob."""
    folder = Path(tempfile.mkdtemp(prefix="carrel-client-"))
    try:
        (folder / "blob").write_bytes(BLOB)
        yield folder
    finally:
        shutil.rmtree(folder)


def timed(*parts):
    """Runs the parts of a test in order, and says how long each took."""
    for part in parts:
        begin = time.monotonic()
        part()
        print(f"{part.__name__}: {time.monotonic() - begin:.1f} s", flush=True)


def run(argv, rc=0, **options):
    """A program of this machine's that reaches the host: what it wrote. It must end with RC."""
    if "input" not in options:
        options["stdin"] = subprocess.DEVNULL
    done = subprocess.run([str(word) for word in argv], timeout=60 * host.scale, check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    assert done.returncode == rc, f"{argv}: {done}"
    return done


def over_ssh(user):
    """ssh for rsync, git and others that add the host and a command themselves."""
    return shell_words(host.ssh_argv(user, ["-q"])[:-1])


def copy(program, *words, user="alice", **options):
    """scp or sftp as a script uses them: they are quiet, and carrel is."""
    done = run([*host.ssh_argv(user, ["-q"], program=program), *words], **options)
    assert done.stderr == "" and BANNER not in done.stdout, f"{program} {words}: {done}"
    return done.stdout


def wait_for(condition, what, child=None):
    end = time.monotonic() + 30 * host.scale
    while not condition():
        assert time.monotonic() < end, f"not before the deadline: {what}"
        assert child is None or child.poll() is None, f"{what}: ended {child.poll()}, {child.communicate()}"
        host.assert_alive()
        time.sleep(0.02)


class Connection:
    """ssh -N: a login without a command, which others share; it lasts as long as the `with`."""

    def __init__(self, user, path, options=()):
        self.user, self.path = user, Path(path)
        self.child = subprocess.Popen(
            host.ssh_argv(user, ["-o", f"ControlPath={path}", "-o", "ControlMaster=yes", "-N", *options]),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)

    def argv(self, *options):
        """A channel of it."""
        return host.ssh_argv(self.user, ["-o", f"ControlPath={self.path}", *options])

    def run(self, command, *options):
        return run([*self.argv(*options), shell_words(command)]).stdout

    def forward(self, *words):
        """Has it forward more; the port where the host chose one."""
        return run(self.argv("-O", "forward", *words)).stdout.strip()

    def close(self):
        run(self.argv("-O", "exit"))
        self.child.communicate(timeout=30 * host.scale)

    def __enter__(self):
        wait_for(self.path.exists, "a connection", self.child)
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.kill()
            self.child.communicate()


@contextlib.contextmanager
def served(answer):
    """A server on this machine's loopback: ANSWER has each connection, one after the other. Yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        def serve():
            with contextlib.suppress(OSError):
                while True:
                    link, _ = server.accept()
                    with link:
                        answer(link)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def talk(address, words):
    """What comes back on WORDS from ADDRESS: a port of this machine's, or a socket's path."""
    with socket.create_connection(("127.0.0.1", address)) if isinstance(address, int) \
            else socket.socket(socket.AF_UNIX) as link:
        link.settimeout(30 * host.scale)
        if not isinstance(address, int):
            link.connect(str(address))
        link.sendall(words)
        return link.recv(1000)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
