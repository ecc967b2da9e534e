# SPDX-License-Identifier: MIT
"""Logins that end in a guest, natively: the guest is another sshd of the same host, handed out by a stand-in for
guest-launch, so that all between the two, the module, the view and guest-attach, is the real thing."""
import contextlib
import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

from . import lab, sshd

LAUNCH = Path("/usr/libexec/carrel/guest-launch")
PLAN = Path("/run/native/guest.json")
POLICY = "[match]\nuser = alice\n[session]\nmode = guest\n[guest]\ntemplate = small\n"
TEMPLATE = "[template]\nimage = none\nvcpus = 1\nmemory = 256M\n"
FOLDER = Path("/run/carrel/guests/1001")
# In the guest's environment, and nowhere else.
MARK = "carrel-guest-mark"


def template(text=TEMPLATE, name="small.ini"):
    folder = Path("/etc/carrel/templates.d")
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="ascii")


def plan(machine, **changes):
    """What the next guest does: late: is none until that file is gone; hold: boots until that file is gone; fail: ends with that line instead; dawdle: gives
    no connection until that file is gone."""
    PLAN.write_text(json.dumps({
        "hold": "", "dawdle": "", "late": "", "fail": "", "accel": "kvm", "key": str(sshd.FOLDER / "alice"),
        "known_hosts": str(sshd.FOLDER / "known_hosts"), "port": 1,
        "cgroups": [f"{tree}/cgroup.procs" for tree in machine.trees], **changes}), encoding="ascii")


def supervisors():
    return [pid for pid in lab.pids("guest_launch.py") + lab.pids("guest-launch")]


def state():
    with contextlib.suppress(OSError):
        return json.loads((FOLDER / "state").read_text(encoding="ascii"))["state"]
    return None


def stop():
    """As carrel guest stop would; whether there was a guest."""
    pids = supervisors()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    lab.until(lambda: not supervisors(), 10, "the guest has stopped")
    return bool(pids)


@contextlib.contextmanager
def ready(machine, extra=(), **changes):
    """The host has a stand-in for guest-launch and an sshd to log in to, of which the port is yielded; EXTRA lines
    are for its configuration."""
    sshd.make_keys("alice", "bob")
    machine.policy(POLICY)
    template()
    shutil.copyfile(Path(__file__).with_name("guest_launch.py"), LAUNCH)
    os.chmod(LAUNCH, 0o755)
    public = (sshd.FOLDER / "host.pub").read_text(encoding="ascii")
    (sshd.FOLDER / "known_hosts").write_text(f"carrel-guest {public}", encoding="ascii")
    inside = [f"SetEnv CARREL_TEST={MARK}", f"Subsystem sftp {sftp_server()}", "AcceptEnv LANG LC_*"]
    with sshd.listening("in-guest", carrel=False, extra=inside) as (guest_port, _guest), \
            sshd.listening("carrel-guests", extra=extra) as (port, server):
        plan(machine, port=guest_port, **changes)
        try:
            yield port, server
        finally:
            stop()
            shutil.rmtree(FOLDER, ignore_errors=True)


def sftp_server():
    for path in ("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server"):
        if os.path.exists(path):
            return path
    raise FileNotFoundError("sftp-server: no such program here")


def run(port, *words, **options):
    """ssh alice@HOST WORDS: as a user would, without a terminal."""
    options.setdefault("stdin", subprocess.DEVNULL)
    if "input" in options:
        options.pop("stdin")
    return subprocess.run(sshd.command(port, "alice", *words), capture_output=True, timeout=60, check=False, **options)


def said(port, *words):
    """What a command that must succeed says."""
    done = run(port, *words, text=True)
    assert done.returncode == 0, (words, done)
    return done.stdout


def guest_port():
    """Where the guest's own sshd listens, as the last plan() had it."""
    return json.loads(PLAN.read_text(encoding="ascii"))["port"]
