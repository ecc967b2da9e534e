# SPDX-License-Identifier: MIT
"""Services in sessions, on the port and the abstract name that everybody likes; and who reaches which services."""
from . import lab

PORT, NAME = 8888, "carrel-test"
# Answers each connection with the user's number.
_SERVE = """
import os, select, socket
listeners = [socket.create_server(("127.0.0.1", %d)), socket.create_server(("::1", %d), family=socket.AF_INET6)]
abstract = socket.socket(socket.AF_UNIX)
abstract.bind("\\0%s")
abstract.listen()
listeners.append(abstract)
open("/tmp/serves", "w").close()
while True:
    for ready in select.select(listeners, [], [])[0]:
        with ready.accept()[0] as connection:
            connection.sendall(str(os.getuid()).encode())
""" % (PORT, PORT, NAME)
_ASK = """
import socket
def ask(family, address):
    with socket.socket(family) as connection:
        try:
            connection.connect(address)
            return connection.recv(100).decode()
        except OSError as error:
            return error.strerror
print(ask(socket.AF_INET, ("127.0.0.1", %d)), ask(socket.AF_INET6, ("::1", %d)), ask(socket.AF_UNIX, "\\0%s"), sep="/")
""" % (PORT, PORT, NAME)
ASK = ["python3", "-c", _ASK]
_REACH = """
import socket, sys
for peer in sys.argv[2:]:
    name, _, port = peer.rpartition(":")
    try:
        family, *_, address = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as connection:
            connection.settimeout(20)
            if sys.argv[1]:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, sys.argv[1].encode())
            connection.connect(address)
            print(connection.recv(100).decode().removeprefix("::ffff:"))
    except OSError as error:
        print(error.strerror)
"""
# What a program can make: sockets, and io_uring, which could make one behind a filter's back.
_MAKE = """
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
for family in (socket.AF_INET, socket.AF_UNIX, socket.AF_VSOCK):
    try:
        socket.socket(family).close()
        print("made")
    except OSError as error:
        print(os.strerror(error.errno))
print(os.strerror(ctypes.get_errno()) if libc.syscall(425, 1, ctypes.create_string_buffer(200)) < 0 else "made")
"""
MAKE = ["python3", "-c", _MAKE]
NOBODY = "/".join(["Connection refused"] * 3)


def everywhere(said):
    """What ask() returns where SAID is what IPv4, IPv6 and the abstract name answer."""
    return "/".join([str(said)] * 3)


def serve(login):
    """Starts the services of LOGIN, and returns once they listen."""
    login.spawn("python3", "-c", _SERVE)
    lab.until(lambda: login.run("cat", "/tmp/serves").code == 0, 10, f"{login.user} serves")


def ask(login):
    """Who answers LOGIN: everywhere(uid), or NOBODY."""
    return login.run(*ASK).stdout.strip()


def reached(login, *peers, device=""):
    """What each of PEERS (NAME:PORT) says, or why LOGIN does not reach it, by a socket that is bound to DEVICE."""
    done = login.run("python3", "-c", _REACH, device, *peers)
    assert done.code == 0, done
    return done.stdout.splitlines()
