#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Stands in for guest-launch in a native host: the guest is an sshd on a loopback port of that host. What it does is
in /run/native/guest.json, which the test writes."""
import array
import contextlib
import fcntl
import json
import os
import pwd
import signal
import socket
import sys
import threading
import time
from pathlib import Path

PLAN = json.loads(Path("/run/native/guest.json").read_text(encoding="ascii"))

def finish_start(folder, plan, state):
    """What is left of a boot: True once the guest is ready."""
    deadline = time.monotonic() + 30
    while plan["hold"] and os.path.exists(plan["hold"]) and time.monotonic() < deadline:
        time.sleep(0.01)
    if plan["fail"]:
        write(folder, {**state, "state": "failed", "why": plan["fail"]})
        return False
    for name in ("key", "known_hosts"):
        (folder / name).write_bytes(Path(plan[name]).read_bytes())
        os.chmod(folder / name, 0o600 if name == "key" else 0o644)
    os.chown(folder / "key", int(sys.argv[1]), int(sys.argv[1]))
    write(folder, {**state, "state": "ready"})
    return True


def write(folder, state):
    new = folder / ".state.new"
    if PLAN["json"]:
        text = json.dumps({"version": 1, **state}, separators=(",", ":"))
    else:
        text = "".join(f"{name} {value}\n" for name, value in state.items())
    new.write_text(text, encoding="ascii")
    os.chmod(new, 0o644)
    new.rename(folder / "state")


def answer(client, plan, ready, booted):
    """One connection: a line of progress while it starts, and then the descriptor, or why there is none."""
    with client:
        if not booted.is_set():
            client.sendall(b".booting\n")
            booted.wait()
        if not ready:
            client.sendall(b"!" + plan["fail"].encode())
            return
        client.settimeout(0.05)
        with contextlib.suppress(OSError):
            if client.recv(1) == b"w":
                client.sendall(b"\0")
                return
        while plan["dawdle"] and os.path.exists(plan["dawdle"]):
            time.sleep(0.01)
        with socket.create_connection(("127.0.0.1", plan["port"])) as guest:
            rights = array.array("i", [guest.fileno()])
            client.sendmsg([b"\0"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])


def serve(folder, listener, plan, lock):
    booted, ready = threading.Event(), []

    def boot():
        if finish_start(folder, plan, {"accel": plan["accel"], "pid": os.getpid(), "template": "small"}):
            ready.append(True)
        booted.set()
        if not ready:
            time.sleep(0.2)  # those who wait are answered first
            for name in ("connect", "owner"):
                (folder / name).unlink()
            os._exit(1)

    def stop(*_):
        for name in ("connect", "key", "known_hosts", "state", "owner"):
            with contextlib.suppress(OSError):
                (folder / name).unlink()
        os.close(lock)
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    threading.Thread(target=boot, daemon=True).start()
    while True:
        client, _ = listener.accept()
        threading.Thread(target=answer, args=(client, plan, ready, booted), daemon=True).start()


def main():
    # Started by a login: without descriptors, with all signals blocked, in its cgroup, with its umask.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in range(3):
        os.open("/dev/null", os.O_RDWR)
    os.umask(0o022)
    plan = PLAN
    for path in plan["cgroups"]:
        Path(path).write_text("0", encoding="ascii")
    while plan["late"] and os.path.exists(plan["late"]):
        time.sleep(0.01)
    folder = Path("/run/carrel/guests", sys.argv[1])
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    for name in ("connect", "ordered"):
        with contextlib.suppress(OSError):
            (folder / name).unlink()
    (folder / "owner").write_text(pwd.getpwuid(int(sys.argv[1])).pw_name, encoding="ascii")
    os.chmod(folder / "owner", 0o600)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / "connect"))
    os.chmod(folder / "connect", 0o666)
    listener.listen(16)
    write(folder, {"state": "starting", "accel": plan["accel"], "pid": os.getpid()})
    serve(folder, listener, plan, lock)


main()
