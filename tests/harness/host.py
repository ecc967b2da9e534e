# SPDX-License-Identifier: MIT
"""A test host: boots it, runs commands in it over ssh, notices when it dies."""
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from . import guest_image
from . import image as images
from . import process, qemu
from .output import HarnessError, say, step
from .ssh import QUIET, Result, Session, as_text, shell_words, shown

# How much longer than under KVM things may take.
SCALE = {"kvm": 1, "tcg": 4}


class HostDied(HarnessError):
    """The guest panicked or QEMU ended: nothing more can be asked of it."""


class Host:
    def __init__(self, state):
        self.state = state
        self.release, self.port, self.accel = state["release"], state["port"], state["accel"]
        self.folder = Path(state["folder"])
        self.scale = SCALE[self.accel]
        self.popen_child = None  # only in the process that started QEMU: it has to reap it

    # --- life -----------------------------------------------------------------------------------

    @classmethod
    def from_environment(cls):
        path = os.environ.get("CARREL_HOST_JSON")
        if not path:
            raise HarnessError("no host: CARREL_HOST_JSON is not set",
                               "run the test by tests/run, or boot one with `tests/hosts/host boot` and use "
                               "tests/run --host-running --filter NAME")
        return cls.attach(path)

    @classmethod
    def attach(cls, path):
        host = cls(json.loads(Path(path).read_text(encoding="utf-8")))
        host.assert_alive()
        return host

    @classmethod
    def boot(cls, release, folder=None, guests=False):
        """Boots a fresh Debian RELEASE host. With FOLDER it outlives this process; with GUESTS it has images."""
        reap_stale()
        image = images.ensure(release)
        guest_disk = guest_image.disk() if guests else None
        qemu_root = images.ensure("13").root
        run_folder = Path(folder or tempfile.mkdtemp(prefix="carrel-host-", dir="/tmp"))
        run_folder.mkdir(exist_ok=True)
        (run_folder / "known_hosts").write_text(f"carrel-test {image.host_key.read_text()}")
        with step(f"Debian {release} host: booting"):
            child, port, accel = qemu.start(image, qemu_root, run_folder, guest_disk)
            owner = 0 if folder else os.getpid()
            host = cls({"release": release, "port": port, "accel": accel, "folder": str(run_folder),
                        "key": str(image.key), "pid": child.pid, "start": process.start_time(child.pid),
                        "guests": guests, "owner": owner, "owner_start": process.start_time(owner) if owner else 0})
            host.popen_child = child
            host.json.write_text(json.dumps(host.state))
            try:
                host.wait_ready()
            except BaseException:
                host.stop()
                raise
        return host

    @property
    def json(self):
        return self.folder / "host.json"

    def alive(self):
        if self.popen_child:
            return self.popen_child.poll() is None
        return process.alive(self.state["pid"], self.state["start"])

    def assert_alive(self):
        if not self.alive():
            raise HostDied(f"the Debian {self.release} host is gone (panic, or QEMU ended); its console:\n"
                           + self.console_tail())

    def console_tail(self, lines=30):
        with contextlib.suppress(OSError):
            text = (self.folder / "console.log").read_bytes()[-20000:].decode(errors="replace")
            text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1bc|\r", "", text)
            every = [line for line in text.splitlines() if line.strip()]
            panics = [index for index, line in enumerate(every) if "Kernel panic" in line]
            return "\n".join(every[min(max(len(every) - lines, 0), panics[0]) if panics else -lines:])
        return "(no console)"

    def log_tail(self, lines=15):
        """What sshd and carrel logged last; for failures, so it never raises."""
        with contextlib.suppress(HarnessError, AssertionError):
            return self.run(f"journalctl -q -b --no-pager -o short-monotonic -n {lines} -t sshd -t sshd-session "
                            "-t carrel -t sudo -t su").stdout.rstrip()
        return "(no journal)"

    def wait_ready(self):
        deadline = time.monotonic() + 90 * self.scale
        while not self._banner():
            self.assert_alive()
            if time.monotonic() > deadline:
                raise HarnessError(f"the Debian {self.release} host has no sshd after {90 * self.scale} s; "
                                   f"its console:\n{self.console_tail()}", "look at the console above")
        self.connect_control()
        if self.state.get("guests"):
            # The third disk; where the package's own folder would be, which is empty.
            self.run("mkdir -p /var/lib/carrel/images && "
                     "mount -t ext4 -o ro,X-mount.subdir=images /dev/vdc /var/lib/carrel/images").check()
        # Units that are still starting would show as differences around the first test.
        self.run("systemctl is-system-running --wait", deadline=60 * self.scale)

    def _banner(self):
        # QEMU accepts the connection before the guest does: only sshd's own words count.
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 2) as link:
            link.settimeout(3)
            if link.recv(4) == b"SSH-":
                return True
        time.sleep(0.1)
        return False

    def connect_control(self):
        """One root connection, opened before carrel is installed, carries all of the harness's commands."""
        argv = self.ssh_argv("root", ["-o", "ControlMaster=yes", "-o", "ControlPersist=no", "-f", "-N"])
        with open(self.folder / "control.log", "wb") as log:
            rc = self._wait(subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                             start_new_session=True), 60 * self.scale)
        if rc != 0:
            text = (self.folder / "control.log").read_text(errors="replace")
            raise HarnessError(f"root cannot log in to the Debian {self.release} host: {text}")

    def end_control(self):
        """The client of the root connection, which notices nothing of a host that is gone."""
        subprocess.run(self.ssh_argv("root", ["-O", "exit"]), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=False)

    def stop(self):
        """Power off, hard: the disks are snapshots that vanish with QEMU."""
        process.kill(self.state["pid"], self.state["start"])
        if self.popen_child:
            self.popen_child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def cut_power(self):
        """Off and on again, without a word to the guest: what it had not written to its disks is lost. Ends every
        connection, the harness's own too; returns when the host is ready again."""
        # QEMU runs with -no-reboot, so that a panic ends it.
        qemu.qmp(self.folder, "set-action", reboot="reset")
        qemu.qmp(self.folder, "system_reset", event="RESET")
        self.end_control()
        self.wait_ready()
        qemu.qmp(self.folder, "set-action", reboot="shutdown")

    # --- commands -------------------------------------------------------------------------------

    def ssh_argv(self, user, options=(), program="ssh"):
        """The start of an ssh, scp or sftp command line that reaches this host as USER."""
        argv = [program, *QUIET, "-o", f"Port={self.port}", "-o", f"User={user}",
                "-o", f"UserKnownHostsFile={self.folder}/known_hosts", "-i", self.state["key"]]
        if not any("ControlPath" in str(option) for option in options):
            shared = user == "root" and "-tt" not in options
            argv += ["-o", f"ControlPath={self.folder}/control" if shared else "ControlPath=none"]
        argv += [str(option) for option in options]
        return argv if program != "ssh" else argv + ["127.0.0.1"]

    def _login(self, user, tty, options, password, fresh):
        # Whatever window the runner was started in: a shell's prompt is to be plain, and to start no programs.
        options, environment = list(options), {**os.environ, "TERM": "dumb"}
        if tty:
            options = ["-tt", *options]
        if fresh:
            options += ["-o", "ControlPath=none"]
        if password is not None:
            askpass = self.folder / "askpass"
            if not askpass.exists():
                askpass.write_text('#!/bin/sh\nprintf "%s\\n" "$CARREL_PASSWORD"\n')
                askpass.chmod(0o755)
            environment |= {"SSH_ASKPASS": str(askpass), "SSH_ASKPASS_REQUIRE": "force", "CARREL_PASSWORD": password}
            options += ["-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1"]
        return self.ssh_argv(user, options), environment

    def run(self, command, user="root", tty=False, deadline=None, stdin=b"", options=(), password=None,
            fresh=False):
        """Runs COMMAND as USER; a Result. Root shares the control connection unless FRESH or TTY; everybody
        else gets a real login each time. DEADLINE in seconds (30, times 4 under TCG)."""
        argv, environment = self._login(user, tty, options, password, fresh)
        begin = time.monotonic()
        child = subprocess.Popen(argv + [shell_words(command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, env=environment, start_new_session=True)
        data = stdin.encode() if isinstance(stdin, str) else stdin
        what = f"{user}: {shown(command)}"
        out, err = self._communicate(child, data, deadline or 30 * self.scale, what)
        if child.returncode == 255:
            self._assert_connected()
        return Result(what, child.returncode, as_text(out), as_text(err), time.monotonic() - begin)

    def popen(self, command="", user="alice", tty=False, options=(), password=None, fresh=True):
        """A live Session: by default a login shell that reads commands from its input."""
        argv, environment = self._login(user, tty, options, password, fresh)
        if command:
            argv.append(shell_words(command))
        return Session(self, argv, f"{user}: {shown(command) or 'login'}", environment)

    def _communicate(self, child, data, deadline, what):
        end = time.monotonic() + deadline
        while True:
            try:
                return child.communicate(input=data, timeout=0.5)
            except subprocess.TimeoutExpired:
                data = None  # communicate() goes on with what it has not written yet
                if self.alive() and time.monotonic() < end:
                    continue
                child.kill()
                out, err = child.communicate()
                self.assert_alive()
                raise AssertionError(f"{what}: not finished after {deadline} s\n{as_text(out)}{as_text(err)}") \
                    from None

    def _assert_connected(self):
        """ssh's own 255 is often the end of the host: then QEMU has closed the control connection too, and is
        about to end."""
        check = self.ssh_argv("root", ["-O", "check"])
        end = time.monotonic() + 10
        while subprocess.run(check, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             check=False).returncode:
            self.assert_alive()
            if time.monotonic() > end:
                raise HostDied(f"the Debian {self.release} host has dropped the harness's own connection; its "
                               f"console:\n{self.console_tail()}")
            time.sleep(0.1)

    def _wait(self, child, deadline):
        end = time.monotonic() + deadline
        while True:
            try:
                return child.wait(timeout=0.5)
            except subprocess.TimeoutExpired:
                if not self.alive() or time.monotonic() > end:
                    child.kill()
                    child.wait()
                    self.assert_alive()
                    return None

    # --- files ----------------------------------------------------------------------------------

    def write(self, path, content, mode=0o644):
        """Makes or replaces a file on the host, folders included, as root."""
        path = str(path)
        quoted = shell_words([path])
        self.run(f"mkdir -p {shell_words([os.path.dirname(path)])} && cat > {quoted} && chmod {mode:o} {quoted}",
                 stdin=content).check()

    def read(self, path):
        return self.run(["cat", path]).check().stdout

    def push(self, local, remote):
        """Copies a file, with its mode."""
        local = Path(local)
        self.write(remote, local.read_bytes(), local.stat().st_mode & 0o777)

    @contextlib.contextmanager
    def policy(self, name, text):
        """A policy file that exists inside the `with`: the comparison after a test wants it gone."""
        path = f"/etc/carrel/policies.d/{name}"
        self.write(path, text)
        try:
            yield path
        finally:
            self.run(["rm", "-f", path]).check()

    def until(self, command, deadline=None, user="root"):
        """Repeats COMMAND until it succeeds; fails at the deadline."""
        end = time.monotonic() + (deadline or 15 * self.scale)
        while True:
            result = self.run(command, user=user)
            if result.ok or time.monotonic() > end:
                return result.check()
            time.sleep(0.05)


def reap_stale():
    """Stops hosts whose runner was killed before it could."""
    for path in Path("/tmp").glob("carrel-host-*/host.json"):
        with contextlib.suppress(OSError, ValueError, KeyError):
            state = json.loads(path.read_text(encoding="utf-8"))
            if state["owner"] and not process.alive(state["owner"], state["owner_start"]):
                say(f"stopping a host that a killed run left: {path.parent}")
                process.kill(state["pid"], state["start"])
                shutil.rmtree(path.parent, ignore_errors=True)
