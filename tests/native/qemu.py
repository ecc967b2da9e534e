#!/usr/bin/python3 -I
# SPDX-License-Identifier: MIT
"""Stands in for qemu-system-x86_64 where a boot would take too long: its command line, QMP and the credentials are
the real ones, the guest is an sshd of this host, run as the user with the keys that the guest is given."""
import base64
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

LINE = " ".join(sys.argv[1:])
FOLDER = Path(f"/tmp/guest-{os.getuid()}")
# A FIFO: a shutdown takes until somebody has opened it for writing.
SLOW = Path("/tmp/guest-goes-down")
# Why a write of the guest fails while it boots.
FAILING = Path("/tmp/guest-cannot-write")


def credential(name):
    """What a line of tmpfiles.d has for the file NAME."""
    path = re.search(r"tmpfiles\.extra,file=(\S+)", LINE)[1]
    return base64.b64decode(re.search(rf"{name}\S* .* - (\S+)$", Path(path).read_text(encoding="ascii"), re.M)[1])


def start_sshd(port):
    FOLDER.mkdir(mode=0o700)
    for name in ("host_key", "authorized_keys/"):
        (FOLDER / name.rstrip("/")).touch(0o600)
        (FOLDER / name.rstrip("/")).write_bytes(credential(name))
    (FOLDER / "conf").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {FOLDER}/host_key\n"
        f"AuthorizedKeysFile {FOLDER}/authorized_keys\n"
        "UsePAM no\nPidFile none\nStrictModes no\nPrintMotd no\nLogLevel ERROR\nSetEnv CARREL_TEST=carrel-guest-mark\n"
        "Subsystem sftp /usr/lib/openssh/sftp-server\n", encoding="ascii")
    subprocess.Popen(["/usr/sbin/sshd", "-D", "-f", FOLDER / "conf"], stdin=subprocess.DEVNULL)


def end(send, reason):
    """As a shutdown would: whatever runs in the guest is gone, and its disk is not."""
    if reason == "guest-shutdown" and SLOW.exists():
        SLOW.read_bytes()
    send({"event": "SHUTDOWN", "data": {"guest": reason == "guest-shutdown", "reason": reason}})
    shutil.rmtree(FOLDER, ignore_errors=True)
    # Orphans come to this process, and all are in its cgroup.
    while children := Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split():
        for pid in children:
            os.kill(int(pid), signal.SIGKILL)
            os.waitpid(int(pid), 0)
    sys.exit(0)


def main():
    ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER
    if "--version" in sys.argv:
        print("QEMU emulator version 10.0.0")
        return
    start_sshd(re.search(r"hostfwd=tcp:127.0.0.1:(\d+)-:22", LINE)[1])
    with socket.socket(fileno=int(re.search(r"id=qmp,fd=(\d+)", LINE)[1])) as qmp:
        def send(what):
            qmp.sendall(json.dumps(what).encode() + b"\r\n")

        send({"QMP": {"version": {}, "capabilities": []}})
        for line in qmp.makefile():
            request = json.loads(line)
            verb = request["execute"]
            send({"return": {"enabled": False, "present": True} if verb == "query-kvm" else {}, "id": request["id"]})
            if verb == "query-kvm" and FAILING.exists():
                send({"event": "BLOCK_IO_ERROR", "data": {"action": "stop", "nospace": False,
                                                          "reason": FAILING.read_text(encoding="ascii")}})
            if verb in ("system_powerdown", "quit"):
                end(send, "guest-shutdown" if verb == "system_powerdown" else "host-qmp-quit")


main()
