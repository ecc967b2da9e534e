# SPDX-License-Identifier: MIT
"""What a guest costs beside QEMU itself: until one can log in, in memory, and at each login."""
import contextlib
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from native import guests, lab, sshd

from logins import login
from samples import USER, median, need

WANTED = 1.1  # `guest start` to a login beside the same QEMU by hand, at most
POLICY = "[match]\nuser = alice\n[session]\nmode = guest\n[guest]\ntemplate = small\n"
KEPT = Path("/run/native/bench-guest")
LOGINS = 10
DEADLINE = 300


class ByHand:
    """The QEMU of a guest that runs, as a command line that one could have typed."""

    def __init__(self, record):
        self.port = record["port"]
        KEPT.mkdir()
        for name in ("key", "known_hosts"):
            shutil.copy(guests.RUN / "1001" / name, KEPT / name)
        (KEPT / "key").chmod(0o600)
        proc = Path("/proc", str(record["pid"]))
        self.words = proc.joinpath("cmdline").read_text(encoding="utf-8").rstrip("\0").split("\0")
        self.files = {}  # what its number was: (path, flags)
        # QEMU duplicates what -add-fd names, and closes that.
        disks = {"1": (guests.STATE / "guests/1001/disk/disk.qcow2", os.O_RDWR),
                 "2": (guests.STATE / "images/debian-13/disk", os.O_RDONLY)}
        for number, which in re.findall(r"^fd=(\d+),set=(\d)$", "\n".join(self.words), re.MULTILINE):
            self.files[number] = disks[which]
        for number in re.findall(r"/proc/self/fd/(\d+)", "\0".join(self.words)):
            target = os.readlink(proc / "fd" / number)
            if target.startswith("/memfd:"):
                target = str(KEPT / f"credential-{number}")
                shutil.copyfile(proc / "fd" / number, target)
            self.files[number] = (target, os.O_RDONLY)

    def start(self):
        opened = {number: os.open(path, flags) for number, (path, flags) in self.files.items()}
        words = [re.sub(r"^socket,(id=\w+),fd=\d+", r"null,\1", word) for word in self.words]
        words = [re.sub(r"(^fd=|/proc/self/fd/)(\d+)", lambda found: found[1] + str(opened[found[2]]), word)
                 for word in words]
        # Its own name for the program may be relative.
        words[0] = need("qemu-system-x86_64")
        try:
            return subprocess.Popen(words, stdin=subprocess.DEVNULL, pass_fds=opened.values())
        finally:
            for fd in opened.values():
                os.close(fd)

    def ssh(self, command, patience=2):
        options = (f"ConnectTimeout={patience}", "BatchMode=yes", "LogLevel=ERROR", "HostKeyAlias=carrel-guest",
                   f"UserKnownHostsFile={KEPT}/known_hosts")
        return subprocess.run([need("ssh"), "-F", "none", "-i", KEPT / "key", "-p", str(self.port),
                               *(word for option in options for word in ("-o", option)), f"{USER}@127.0.0.1", command],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              check=False).returncode

    def until_login(self):
        """Seconds, from nothing to a login that works; then it is shut down in order, as carrel's is."""
        begin = time.perf_counter()
        with self.start() as process:
            try:
                lab.until(lambda: process.poll() is not None or self.ssh("true") == 0, DEADLINE, "a login works")
                took = time.perf_counter() - begin
                assert process.poll() is None, "QEMU has ended"
                self.ssh("sudo systemctl poweroff", 30)
                process.wait(DEADLINE)
            finally:
                process.kill()
        return took


def by_carrel():
    begin = time.perf_counter()
    guests.carrel("guest", "start", USER)
    took = time.perf_counter() - begin
    guests.carrel("guest", "stop", USER)
    guests.all_gone()
    return took


def beyond_ram(record):
    """MiB that are neither the guest's RAM nor shared with others: of QEMU and of its supervisor."""
    kib = 0
    for pid in (record["pid"], record["supervisor"]):
        size = 0
        for line in Path(f"/proc/{pid}/smaps").read_text(encoding="ascii").splitlines():
            if line.startswith("Size:"):
                size = int(line.split()[1])
            if line.startswith("Pss:") and size != record["memory"] // 1024:
                kib += int(line.split()[1])
    return kib / 1024


@contextlib.contextmanager
def ordinary_scheduling():
    """The bench's own would starve what a guest's machine is made of."""
    was, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    try:
        yield
    finally:
        os.sched_setscheduler(0, was, parameters)


def login_times(port, user):
    return median([login(port, user=user)[0] for _ in range(LOGINS)])


def logins(result):
    sshd.make_keys(USER, "bob")
    with sshd.listening("carrel-bench-login") as (port, _):
        login_times(port, USER)
        guest, sandbox = login_times(port, USER), login_times(port, "bob")
    result.set("guest_login_p50_ms", guest)
    result.set("sandbox_login_p50_ms", sandbox)
    result.line(f"  a login into it            {guest:8.0f} ms, into a sandbox {sandbox:.0f} ms")


def against_qemu(machine, result, rounds):
    result.line("a guest, from nothing to a login")
    with ordinary_scheduling(), guests.store():
        machine.policy("[session]\nmode = sandbox\nbanner = no\n", "10-all.ini")
        machine.policy(POLICY, "50-guests.ini")
        guests.template()
        guests.carrel("guest", "start", USER)
        record = guests.record()
        hand = ByHand(record)
        result.line(f"  {record['accel']}, {record['memory'] >> 20} MiB")
        logins(result)
        result.set("guest_beyond_ram_mib", beyond_ram(record))
        result.line(f"  its memory beyond its RAM  {result.figures['guest_beyond_ram_mib']:8.1f} MiB")
        guests.carrel("guest", "stop", USER)
        guests.all_gone()
        hand.until_login()
        found = {"carrel": [], "qemu": []}
        for _ in range(rounds):
            found["carrel"].append(by_carrel())
            found["qemu"].append(hand.until_login())
        guests.carrel("guest", "destroy", "--yes", USER)
        shutil.rmtree(guests.RUN)
        shutil.rmtree(KEPT)
    carrel, qemu = median(found["carrel"]), median(found["qemu"])
    result.line(f"  carrel guest start         {carrel:8.1f} s, the same QEMU by hand {qemu:.1f} s")
    result.set("guest_start_s", carrel)
    result.set("guest_start_over_qemu", carrel / qemu)
