# SPDX-License-Identifier: MIT
"""A network of the native host's own."""
import contextlib
import os
import subprocess
from pathlib import Path

from . import syscalls


def ip(*words, check=True):
    return subprocess.run(["ip", *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=check)


def alone():
    """From now on this process, and what it starts, has a loopback that no other test of this machine has."""
    syscalls.unshare(syscalls.NEWNET)
    ip("link", "set", "lo", "up")


# What listens outside, and on the host: says to which address one has come.
_ANSWER = """
import selectors, socket, sys
choice = selectors.DefaultSelector()
for port in map(int, sys.argv[1:]):
    for family in (socket.AF_INET, socket.AF_INET6):
        choice.register(socket.create_server(("", port), family=family), selectors.EVENT_READ)
print("serves", flush=True)
while True:
    for key, _ in choice.select():
        connection = key.fileobj.accept()[0]
        with connection:
            connection.sendall(connection.getsockname()[0].encode())
"""
# A name server, as systemd-resolved's stub: all names have one address.
_RESOLVE = """
import socket, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((sys.argv[1], 53))
print("serves", flush=True)
while True:
    asked, peer = server.recvfrom(512)
    end = asked.index(b"\\0", 12) + 5
    answer, count = b"", b"\\0\\0"
    if asked[end - 4:end - 2] == b"\\0\\1":
        answer, count = b"\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\x3c\\0\\4" + socket.inet_aton(sys.argv[2]), b"\\0\\1"
    server.sendto(asked[:2] + b"\\x81\\x80\\0\\1" + count + b"\\0\\0\\0\\0" + asked[12:end] + answer, peer)
"""


class Outside:
    """Another machine: a network namespace with all ADDRESSES, joined to this one. By eth0 it is the router, too."""

    def __init__(self, addresses, device, number):
        self.device = device
        self.processes = []
        self.holder = self.start("unshare", "-n", "sh", "-c", "echo serves; exec sleep infinity")
        ip("link", "add", device, "type", "veth", "peer", "name", "lan", "netns", self.holder.pid)
        ip("address", "add", f"10.{number}.0.2/24", "dev", device)
        ip("-6", "address", "add", f"fd{number}::2/64", "dev", device, "nodad")
        ip("link", "set", device, "up")
        for name in ("lo", "lan"):
            self.ip("link", "set", name, "up")
        for address in (f"10.{number}.0.1/24", f"fd{number}::1/64", *addresses):
            self.ip("address", "add", address, "dev", "lan", *(["nodad"] if ":" in address else []))
        if device == "eth0":
            ip("route", "add", "default", "via", f"10.{number}.0.1")
            ip("-6", "route", "add", "default", "via", f"fd{number}::1")

    def inside(self):
        return ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net"]

    def ip(self, *words):
        subprocess.run([*self.inside(), "ip", *words], check=True)

    def start(self, *words):
        """Starts a program that says when it serves."""
        program = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.processes.append(program)
        assert program.stdout.readline() == "serves\n", words
        return program

    def answer(self, *ports, on_host=False):
        self.start(*([] if on_host else self.inside()), "python3", "-c", _ANSWER, *map(str, ports))

    def resolve(self, address, result, on_host=False):
        self.start(*([] if on_host else self.inside()), "python3", "-c", _RESOLVE, address, result)

    def end(self):
        for program in self.processes:
            program.kill()
        for program in self.processes:
            program.communicate()
        ip("link", "delete", self.device, check=False)


@contextlib.contextmanager
def outside(*addresses, device="eth0", number=99):
    made = Outside(addresses, device, number)
    try:
        yield made
    finally:
        made.end()


def tun_for_all():
    """/dev/net/tun as udev makes it, in the native host's own /dev."""
    folder = Path("/dev/net")
    folder.mkdir()
    os.mknod(folder / "tun", 0o20666, os.makedev(10, 200))
    os.chmod(folder / "tun", 0o666)
