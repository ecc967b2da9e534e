#!/usr/bin/python3 -I
# SPDX-License-Identifier: MIT
"""Stands in for qemu-system-x86_64 where a boot would take too long: its command line, QMP and the credentials are
the real ones, the guest is an sshd of this host, run as the user with the keys that the guest is given. In QEMU's
place, in its jail, is qemu.c; it connects to the socket that is our stdin."""
import base64
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

# A FIFO: a shutdown takes until somebody has opened it for writing.
SLOW = Path("/tmp/guest-goes-down")
# A FIFO: a login takes as long.
HOLDING = Path("/tmp/guest-holds-logins")
# It says something else all the time.
TALKING = Path("/tmp/guest-talks")
# Why a write of the guest fails while it boots.
FAILING = Path("/tmp/guest-cannot-write")


def kill_children():
    """Orphans come to this process."""
    while children := Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split():
        for pid in children:
            os.kill(int(pid), signal.SIGKILL)
            os.waitpid(int(pid), 0)


class Guest:
    """Of one qemu.c, which is the other end of LINK. It has the numbers of the descriptors that LINE names."""

    def __init__(self, link):
        words, descriptors, _, _ = socket.recv_fds(link, 65536, 32)
        *words, numbers = words.decode().split("\0")
        self.line = " ".join(words)
        self.take(descriptors, [int(number) for number in numbers.split()])
        saw = dict(line.rsplit(" ", 1) for line in link.recv(65536).decode().splitlines())
        pid, uid, gid = struct.unpack("3i", link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        Path(f"/tmp/guest-saw-{uid}").write_text(json.dumps({"pid": pid, **saw}), encoding="ascii")
        # Its sshd is where the guest's ports are.
        space = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        assert ctypes.CDLL(None).setns(space, 0) == 0
        os.close(space)
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
        self.link, self.folder = link, Path(f"/tmp/guest-{uid}-{pid}")  # the last one may just be tidying up
        threading.Thread(target=self.end_with_it, daemon=True).start()

    @staticmethod
    def take(descriptors, numbers):
        high = [os.dup2(each, 400 + i) for i, each in enumerate(descriptors)]  # out of each other's way
        for each, number in zip(high, numbers):
            os.dup2(each, number, inheritable=False)
            os.close(each)

    def end_with_it(self):
        if not self.link.recv(1):
            shutil.rmtree(self.folder, ignore_errors=True)
            kill_children()
            os._exit(1)

    def credential(self, name):
        """What a line of tmpfiles.d has for the file NAME."""
        path = re.search(r"tmpfiles\.extra,file=(\S+)", self.line)[1]
        return base64.b64decode(re.search(rf"{name}\S* .* - (\S+)$", Path(path).read_text(encoding="ascii"), re.M)[1])

    def start_sshd(self, port):
        self.folder.mkdir(mode=0o700)
        for name in ("host_key", "authorized_keys/"):
            (self.folder / name.rstrip("/")).touch(0o600)
            (self.folder / name.rstrip("/")).write_bytes(self.credential(name))
        (self.folder / "conf").write_text(
            f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {self.folder}/host_key\n"
            f"AuthorizedKeysFile {self.folder}/authorized_keys\n"
            "UsePAM no\nMaxStartups 1000\nPidFile none\nStrictModes no\nPrintMotd no\nLogLevel ERROR\n"
            "SetEnv CARREL_TEST=carrel-guest-mark\nSubsystem sftp /usr/lib/openssh/sftp-server\n"
            + (f"ForceCommand cat {HOLDING}\n" if HOLDING.exists() else ""), encoding="ascii")
        subprocess.Popen(["/usr/sbin/sshd", "-D", "-f", self.folder / "conf"], stdin=subprocess.DEVNULL)

    def end(self, send, reason):
        """As a shutdown would: whatever runs in the guest is gone, and its disk is not."""
        if reason == "guest-shutdown" and SLOW.exists():
            SLOW.read_bytes()
        send({"event": "SHUTDOWN", "data": {"guest": reason == "guest-shutdown", "reason": reason}})
        shutil.rmtree(self.folder, ignore_errors=True)
        kill_children()
        self.link.send(b"\0")
        os._exit(0)

    def answer_console(self):
        """What the guest says on its console, and what it says to each line that is typed there."""
        with socket.socket(fileno=int(re.search(r"id=console,fd=(\d+)", self.line)[1])) as console:
            console.sendall(b"the guest boots\r\n")
            while typed := console.recv(4096):
                console.sendall(b"typed: " + typed)

    def run(self):
        threading.Thread(target=self.answer_console, daemon=True).start()
        self.start_sshd(re.search(r"hostfwd=tcp:127.0.0.1:(\d+)-:22", self.line)[1])
        with socket.socket(fileno=int(re.search(r"id=qmp,fd=(\d+)", self.line)[1])) as qmp:
            def send(what):
                qmp.sendall(json.dumps(what).encode() + b"\r\n")

            send({"QMP": {"version": {}, "capabilities": []}})
            for line in qmp.makefile():
                request = json.loads(line)
                verb = request["execute"]
                send({"return": {"enabled": False, "present": True} if verb == "query-kvm" else {},
                      "id": request["id"]})
                while verb == "query-kvm" and TALKING.exists():
                    for enabled in (True, False):
                        send({"return": {"enabled": enabled}, "id": verb})
                if verb == "query-kvm" and FAILING.exists():
                    send({"event": "BLOCK_IO_ERROR", "data": {"action": "stop", "nospace": False,
                                                              "reason": FAILING.read_text(encoding="ascii")}})
                if verb in ("system_powerdown", "quit"):
                    self.end(send, "guest-shutdown" if verb == "system_powerdown" else "host-qmp-quit")


def main():
    listener = socket.socket(fileno=os.dup(0))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        link, _ = listener.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER
            high = socket.socket(fileno=os.dup2(link.fileno(), 500, inheritable=False))
            link.close()
            listener.close()
            Guest(high).run()
            # Its supervisor has died, and it has not.
            signal.pause()
        link.close()


main()
