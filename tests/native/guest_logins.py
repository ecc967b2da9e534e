# SPDX-License-Identifier: MIT
"""Logins to real guests, natively: sshd, module, view, guest-attach, guest-launch. Only QEMU may be stood in for
(qemu.py): then a guest is there at once, and what it is, is not looked at."""
import contextlib
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from harness.terminal import Terminal

from . import guest, guests, lab, sshd

# qemu.py
SLOW, FAILING, HOLDING = (Path(f"/tmp/guest-{name}") for name in ("goes-down", "cannot-write", "holds-logins"))
HERE = Path("/tmp/here")
# One of them has a name as directories give them, which systemd does not take.
BOB, BOB_INSIDE = "bob.b", "bob_b"
UIDS = {"alice": 1001, BOB: 1005}
POLICY = guests.POLICY.replace("bob", BOB)
INSIDE = "echo ${CARREL_TEST:-$(systemd-detect-virt)}"


def window(port):
    terminal = Terminal(sshd.command(port, "alice"), term="dumb")  # no marks of pastes between the lines
    terminal.scale = 8  # for a guest that is emulated
    return terminal


def run(port, *words):
    return subprocess.run(sshd.command(port, "alice", *words), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=guests.BOOT, check=False)


def said(port, command):
    done = run(port, command)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


@contextlib.contextmanager
def bob(port):
    """Logged in from the beginning to the end, without a terminal: what his shell says to a line of input."""
    with subprocess.Popen(sshd.command(port, BOB, "exec sh"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as login:
        def ask(line):
            assert login.poll() is None, login.communicate()
            login.stdin.write(f"{line}\n")
            login.stdin.flush()
            return login.stdout.readline()
        try:
            yield ask
            login.stdin.close()
            assert (login.wait(60), login.stderr.read()) == (0, "")
        finally:
            login.kill()


def refused(machine, port):
    """guest-launch's own reason, and the command for root has the same."""
    guests.template("emulation = deny\n")
    done = run(port, "echo in")
    assert (done.returncode, done.stdout) == (255, "") and len(done.stderr.splitlines()) == 1, done
    assert "template small: KVM does not work here" in done.stderr, done
    assert done.stderr[len("carrel: "):].strip() in guests.carrel("guest", "status", "alice")
    guests.template()
    machine.policy(POLICY.replace("1G", "400M"))
    done = run(port, "echo in")
    assert done.returncode == 255 and "memory.max of the user is 400M, a guest needs 448M" in done.stderr, done
    machine.policy(POLICY)
    lab.until(lambda: not lab.pids("guest-launch"), 10, "a guest that may not start ends")
    machine.log.take()


def first(port, real):
    """Started by the login, which is told how far it is; the seconds that it took."""
    begun = time.monotonic()
    with window(port) as terminal:
        terminal.expect("carrel: your guest: booting, emulated")
        terminal.expect("carrel: this guest is emulated")
        terminal.expect(r"\$ $")
        took = time.monotonic() - begun
        assert terminal.run(f"{INSIDE}; id -un; stty size") == f"{real}\nalice\n33 101\n"
        terminal.type("exit 3\n")
        assert terminal.end() == 3, terminal.output
    return took


def commands(port, took, real):
    begun = time.monotonic()
    done = run(port, "echo out; echo err >&2; exit 7")
    assert (done.returncode, done.stdout, done.stderr) == (7, "out\n", "err\n"), done
    if real == "qemu":
        assert time.monotonic() - begun < took / 2, (time.monotonic() - begun, took)


def do(program, port, *words):
    done = subprocess.run([sshd.need(program), *sshd.copying(port, "alice"), *words], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=120, check=False)
    assert done.returncode == 0, (program, words, done)


def copies(port):
    HERE.mkdir()
    data = os.urandom(1 << 20)
    (HERE / "data").write_bytes(data)
    (HERE / "batch").write_text(f"put {HERE}/data by-sftp\nget by-sftp {HERE}/sftp\n", encoding="ascii")
    do("sftp", port, "-b", HERE / "batch", "alice@127.0.0.1")
    do("scp", port, HERE / "data", "alice@127.0.0.1:by-scp")
    do("scp", port, "alice@127.0.0.1:by-scp", HERE / "scp")
    assert (HERE / "sftp").read_bytes() == data and (HERE / "scp").read_bytes() == data
    sums = said(port, "sha256sum by-sftp by-scp; sync").split()
    assert sums[::2] == [hashlib.sha256(data).hexdigest()] * 2, sums
    shutil.rmtree(HERE)


def shown(user):
    status = json.loads(guests.carrel("guest", "status", "--json", user))
    assert (status["state"], status["accel"], status["template"]) == ("ready", "tcg", "small"), status
    assert "tcg (emulated)" in guests.carrel("guest", "status", user)
    return status["pid"]


def counted(machine, pids, real):
    """Each QEMU is in its user's quotas, beside the sessions, and the sessions are in the status with it."""
    for user, pid in pids.items():
        uid = UIDS[user]
        assert lab.cgroup_of(pid) == f"/carrel/user-{uid}/{uid}-guest"
        if "memory" in machine.v1:
            node = machine.user_node(user, "memory")
            assert int((node / "memory.limit_in_bytes").read_text()) == 1 << 30
            assert int((node / "memory.usage_in_bytes").read_text()) > (100 << 20 if real == "qemu" else 0)
            assert str(pid) in (node / "cgroup.procs").read_text().split()
    status = json.loads(machine.carrel("status", "--json"))
    assert {each["pid"] for each in status["guests"]} == set(pids.values()), status
    assert [(each["user"], each["mode"]) for each in status["sessions"]] == [(BOB, "guest")], status


def apart(port, ask, real):
    if real == "qemu":
        assert ask("echo $(id -un) $(ls /home)") == f"{BOB_INSIDE} {BOB}\n"
        assert said(port, "echo $(id -un) $(ls /home)") == "alice alice\n"
    lab.until(lambda: len(lab.pids("session-init")) == 1, 20, "alice has logged out")
    [init] = lab.pids("session-init")
    assert os.listdir(f"/proc/{init}/root/run/carrel/guests") == ["1005"]
    keys = [(guests.RUN / str(uid) / "key").read_bytes() for uid in UIDS.values()]
    assert keys[0] != keys[1]


def stopped(port, real):
    """What a user sees whose guest goes away."""
    with window(port) as terminal:
        terminal.expect(r"\$ $")
        assert "boot" not in terminal.output, terminal.output
        assert terminal.run(INSIDE) == f"{real}\n"
        assert "has been stopped" in guests.carrel("guest", "stop", "alice")
        assert terminal.end() == 255, terminal.output
        assert "closed by remote host" in terminal.output[terminal.seen:], terminal.output
    assert not (guests.RUN / "1001/state").exists() and guests.record(1005)["state"] == "ready"


def story(machine, real):
    """REAL: what INSIDE says in the guest."""
    machine.add_user(BOB, UIDS[BOB])
    if real == guest.MARK:  # this host is what stands for the guest
        machine.add_user(BOB_INSIDE, UIDS[BOB], home=f"/home/{BOB}", make_home=False)
    machine.policy(POLICY)
    sshd.make_keys("alice", BOB)
    with guests.store(), sshd.listening("carrel-guests", extra=[f"Subsystem sftp {guest.sftp_server()}"]) as (port, _):
        guests.template()
        refused(machine, port)
        with bob(port) as ask:
            took = first(port, real)
            commands(port, took, real)
            copies(port)
            assert ask(INSIDE) == f"{real}\n"
            lab.until(lambda: not machine.records("alice"), 20, "alice has logged out")
            pids = {user: shown(user) for user in UIDS}
            counted(machine, pids, real)
            apart(port, ask, real)
            stopped(port, real)
            # The next login starts it again, from the same disk.
            assert said(port, "cat by-scp | sha256sum; test -f by-sftp && echo kept").endswith("kept\n")
            assert shown("alice") != pids["alice"] and shown(BOB) == pids[BOB]
            assert ask("echo still here") == "still here\n"
            if real == guest.MARK:
                beside_a_stop(machine, port)
                machine.log.take()
                as_root()
                crowded(machine, port)
                at_once(machine, port)
                hostile()
                escaped(machine, port)
                resolving()
                probed()
        for user in UIDS:
            guests.run("guest", "stop", user)
            guests.carrel("guest", "destroy", "--yes", user)
        guests.all_gone()
    shutil.rmtree(guests.RUN)


def beside_a_stop(machine, port):
    """Who logs in while the guest goes down gets the next one, whether or not somebody else does so, too."""
    os.mkfifo(SLOW, 0o644)
    os.chmod(SLOW, 0o644)
    before = shown("alice")
    with guests.start("guest", "stop", "alice") as stop:
        lab.until(lambda: guests.record()["state"] == "stopping", 10, "the guest is going down")
        with socket.socket(socket.AF_UNIX) as nobody:  # no login has asked for the next one yet
            nobody.connect(str(guests.RUN / "1001/connect"))
            nobody.settimeout(20)
            assert nobody.recv(99) == b"!the guest is stopping\n"
        with window(port) as terminal, subprocess.Popen(sshd.command(port, "alice", INSIDE), stdin=subprocess.DEVNULL,
                                                        stdout=subprocess.PIPE, text=True) as other:
            terminal.expect("carrel: your guest: shutting down")
            lab.until(lambda: len(machine.records("alice")) == 2, 20, "both logins wait")
            assert guests.record()["pid"] == before
            SLOW.write_bytes(b"")
            SLOW.unlink()
            terminal.expect("carrel: your guest: booting")
            terminal.expect(r"\$ $")
            assert terminal.run(INSIDE) == f"{guest.MARK}\n"
            assert (other.stdout.read(), other.wait(20)) == (f"{guest.MARK}\n", 0)
            assert "has been stopped" in stop.communicate(timeout=20)[0] and stop.returncode == 0
            assert shown("alice") != before
            terminal.type("exit 4\n")
            assert terminal.end() == 4, terminal.output
    lab.until(lambda: not machine.records("alice") and len(lab.pids("guest-launch")) == 2, 20,
               "one guest-launch for each guest")


def as_root():
    """The ssh that root has started is the user's, but nothing that the user could take over."""
    with guests.start("guest", "ssh", "alice", "--", "cat", stdin=subprocess.PIPE,
                      env={"SECRET": "of root", "TERM": "dumb"}) as ssh:
        ssh.stdin.write("there\n")
        ssh.stdin.flush()
        assert ssh.stdout.readline() == "there\n"
        process = Path(f"/proc/{ssh.pid}")
        assert (process / "comm").read_text(encoding="ascii") == "ssh\n"
        lines = dict(line.split(":\t") for line in (process / "status").read_text(encoding="ascii").splitlines())
        assert lines["Uid"].split() == ["1001"] * 4 and lines["Gid"].split() == ["65534"] * 4, lines
        assert not lines["Groups"].split() and int(lines["CapBnd"], 16) == 0 and lines["NoNewPrivs"] == "1", lines
        assert (process / "environ").read_bytes() == b"SHELL=/bin/sh\0TERM=dumb\0"
        guests.out_of_reach(ssh.pid)
        ssh.stdin.close()
        assert ssh.wait(20) == 0


def hostile():
    """What QEMU says, which is the user's, is one line of plain text, to systemd as to an admin."""
    FAILING.write_text("no\nMAINPID=1\x1b[2J", encoding="ascii")
    guests.run("guest", "stop", "alice")
    with guests.start("guest", "start", "alice") as command:
        lab.until(lambda: (guests.record() or {}).get("state") == "paused", 20, "the write fails")
        assert guests.record()["phase"] == "paused: the host cannot write its disk: no?MAINPID=1?[2J"
        said = "".join(guests.carrel("guest", *words, "alice") for words in (("status",), ("status", "--json")))
        assert "\x1b" not in said + guests.carrel("guest", "list"), said
        assert "has been stopped" in guests.carrel("guest", "stop", "alice")
        assert "\x1b" not in command.communicate(timeout=20)[1]
    FAILING.unlink()


def emulated(machine):
    story(machine, "qemu")


def crowded(machine, port):
    """However many wait for her guest, alice does not keep root from it; and waiting costs the guest nothing."""
    script = ("import socket; all = [socket.socket(socket.AF_UNIX) for _ in range(300)]\n"
              f"for each in all: each.connect('{guests.RUN}/1001/connect')\n"
              "print(all[-1].recv(99), flush=True); input()")
    with subprocess.Popen(["/usr/sbin/runuser", "-u", "alice", "--", "/usr/bin/python3", "-c", script],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as crowd:
        assert crowd.stdout.readline() == repr(b"!too many logins are waiting for this guest\n") + "\n"
        assert run(port, "true").stderr == "carrel: too many logins are waiting for this guest\n"
        assert "has been stopped" in guests.carrel("guest", "stop", "alice")
        crowd.communicate("\n", timeout=20)
    assert not [line for line in machine.log.take() if "kex_exchange_identification" in line]


def found(uid):
    """What qemu.c has found in its jail, and done."""
    return json.loads(Path(f"/tmp/guest-saw-{uid}").read_text(encoding="ascii"))


def escaped(machine, port):
    """Code that takes over QEMU gets at nothing of the host, nor out of its user's hands."""
    # Whatever groups root has just now.
    guests.carrel("guest", "start", "alice", extra_groups=[4, 1099])
    pid = shown("alice")
    guests.jailed(pid)
    absent = ("/home", "/tmp", "/run", "/var", "/etc", "/sys", "/root", "/dev/log", "/dev/vhost-vsock", "/dev/kvm",
              "/proc/sys", "/proc/2", "/proc/kcore")
    forbidden = {"setuid": "EPERM", "mkdir": "EROFS", "unlink": "EROFS", "remount": "EPERM", "chroot": "EPERM",
                 "unshare": "EPERM", "others": "ESRCH", "memory": "ENOENT", "parent": "done",
                 **dict.fromkeys(("keyctl", "add_key", "request_key", "keyctl of x32", "keyctl of i386"), "EPERM")}
    assert found(1001) == {"pid": pid, **dict.fromkeys(absent, "ENOENT"), **forbidden}, found(1001)
    # It has unlocked all that it could, and there is a guest as before.
    guests.carrel("gc")
    assert "alice" in guests.carrel("guest", "list") and guests.record()["state"] == "ready"
    assert "runs already" in guests.refused(4, "guest", "start", "alice")
    assert "stop it first" in guests.refused(4, "guest", "destroy", "--yes", "alice")
    # It does not end with its supervisor, and so whoever comes next ends it: root with destroy, a login, and gc.
    for end in (lambda: guests.carrel("guest", "destroy", "--yes", "alice"), lambda: said(port, INSIDE),
                lambda: guests.carrel("gc")):
        said(port, "true")
        pid, supervisor = shown("alice"), guests.record()["supervisor"]
        os.kill(supervisor, signal.SIGKILL)
        lab.until(lambda supervisor=supervisor: supervisor not in lab.pids("guest-launch"), 10, "it is dead")
        assert os.path.exists(f"/proc/{pid}/exe")
        end()
        assert not os.path.exists(f"/proc/{pid}/exe")
    assert guests.record() is None
    machine.carrel("gc")


def resolving():
    """With the network of its user QEMU asks the name servers of the host, for which it needs their addresses, and
    nothing else."""
    guests.template("network = user\n")
    guests.carrel("guest", "start", "alice")
    etc = Path(f"/proc/{shown('alice')}/root/etc")
    assert os.listdir(etc) == ["resolv.conf"]
    assert (etc / "resolv.conf").read_bytes() == Path("/etc/resolv.conf").read_bytes()
    guests.template()


def probed():
    """The ssh that tries whether the guest lets its user in speaks with a server of theirs: it has what it needs."""
    guests.run("guest", "stop", "alice")
    others = set(lab.pids("ssh"))
    os.mkfifo(HOLDING)
    os.chmod(HOLDING, 0o644)
    with guests.start("guest", "start", "alice") as command:
        # All others have been here before.
        [pid] = lab.until(lambda: set(lab.pids("ssh")) - others, 20, "it is tried")
        guests.alone(pid, files="/key|/known_hosts|/etc/(passwd|nsswitch.conf)|/usr/bin/ssh", network=True)
        assert os.listdir(f"/proc/{pid}/root/dev") == ["null"] and not os.path.exists(f"/proc/{pid}/root/proc")
        HOLDING.write_bytes(b"")
        HOLDING.unlink()
        assert "ready after" in command.communicate(timeout=30)[0] and command.returncode == 0


def at_once(machine, port):
    """A hundred of alice's own, who all wait until one guest has gone down and the next is there: each gets in."""
    machine.policy(POLICY.replace("pids.max = 300", "pids.max = 3000").replace("memory.max = 1G", "memory.max = 2G")
                   .replace("mode = guest", "mode = guest\nmax_sessions = 200"))
    # Not how fast the host's own part is.
    machine.config("[host]\ncgroup_manager = cgroupfs\ndeadline = 60s\n")
    guests.carrel("guest", "start", "alice")
    os.mkfifo(SLOW, 0o644)
    os.chmod(SLOW, 0o644)
    with guests.start("guest", "stop", "alice") as stop:
        lab.until(lambda: guests.record()["state"] == "stopping", 10, "the guest is going down")
        logins = [subprocess.Popen(sshd.command(port, "alice", "echo $CARREL_TEST"), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(100)]
        lab.until(lambda: len(machine.records("alice")) == 100 or any(login.poll() is not None for login in logins),
                   120, "all logins wait")
        SLOW.write_bytes(b"")
        SLOW.unlink()
        said = [(*login.communicate(timeout=200), login.returncode) for login in logins]
        stop.communicate(timeout=20)
    others = [each for each in said if each != (f"{guest.MARK}\n", "", 0)]
    assert not others, others
    machine.config("[host]\ncgroup_manager = cgroupfs\n")
    machine.policy(POLICY)


def stood_in(machine):
    with guests.quick():
        story(machine, guest.MARK)
