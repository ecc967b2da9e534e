# SPDX-License-Identifier: MIT
"""The ways to use up memory, and what is to be left of the login that does so."""
import re
import time

from harness import host
from system.limits.watch import logins

POLICY = """
[match]
user = alice
[cgroup]
memory.max      = 200M
memory.swap.max = 0
pids.max        = 200
[mounts]
tmp.size = 1G
shm.size = 1G
"""
CHUNK = "b'x' * (1 << 20)"
HOGS = {
    "anonymous": f"hoard = []\nwhile True: hoard.append(bytearray({CHUNK}))",
    "memfd": f"import os\nfd = os.memfd_create('hog')\nwhile True: os.write(fd, {CHUNK})",
    "tmpfs": f"out = open('/dev/shm/hog', 'wb', buffering=0)\nwhile True: out.write({CHUNK})",
    "shared": "import mmap\nsize = 1 << 30\nhold = mmap.mmap(-1, size)\n"
              f"for at in range(0, size, 1 << 20): hold[at:at + (1 << 20)] = {CHUNK}",
    "many": f"import os\nhoard = []\nfor _ in range(60):\n    if os.fork() == 0:\n"
            f"        while True: hoard.append(bytearray({CHUNK}))\nfor _ in range(60): os.wait()",
}
TOLD = r"carrel: memory\.max 200M reached; killed (\S+) \(pid \d+\)"
GONE_IN = 30


def login_time():
    begin = time.monotonic()
    assert host.run("true", user="bob").rc == 0
    return time.monotonic() - begin


def in_a_row(name, work, idle):
    """Each is a process that the keeper has not seen, right after the one before."""
    begin = time.monotonic()
    work.send("for each in 1 2 3; do ( exec -a hog-4711 python3 ~/hog.py )"
              + ("; > /dev/shm/hog" if name == "tmpfs" else "") + "; done; echo en''ded $?")
    work.expect(r"ended \d+", deadline=3 * GONE_IN)
    print(f"{name}: three in a row gone after {time.monotonic() - begin:.1f} s")
    for shell in (work, idle):
        assert shell.ask("echo lives")[1].endswith("lives"), f"{name}, three in a row"


def eaten(name, hog, rounds):
    host.write("/home/alice/hog.py", hog)
    with logins("alice", "alice", "bob", tty=True) as (work, idle, bob):
        usual = max(login_time() for _ in range(2))
        for _ in range(rounds):
            begin = time.monotonic()
            work.send("( exec -a hog-4711 python3 ~/hog.py ) ; echo en''ded $?")
            neighbour = login_time()
            work.expect(r"ended \d+", deadline=GONE_IN * 3)
            took = time.monotonic() - begin
            host.until("! pgrep -u alice -f hog-4711")
            print(f"{name}: gone after {took:.1f} s; bob logs in in {neighbour:.1f} s, else {usual:.1f} s at most")
            assert took < GONE_IN, f"{name}: {took:.0f} s"
            assert neighbour < 2 * usual + 1, f"{name}: bob's login took {neighbour:.1f} s, else {usual:.1f} s"
            assert work.ask("echo lives")[1].endswith("lives"), name
            if name == "tmpfs":
                work.ask("> /dev/shm/hog")  # nothing but its owner can free that
            # The other login sat there all the time; the user reads it on either.
            idle.expect(TOLD)
            assert idle.ask("echo idle")[1].endswith("idle"), name
            assert bob.ask("true")[0] == 0
            assert not re.search(TOLD, bob.output), bob.output
            host.until("journalctl --sync; journalctl -q -b -t carrel-keeper | grep -q 'user 1001: memory.max 200M'")
        if name != "many":
            in_a_row(name, work, idle)
        for shell in (work, idle, bob):
            shell.send("exit")
            assert shell.wait() == 0, f"{name}: {shell.output[-500:]}"


def all_of_them(rounds):
    with host.policy("90-oom.ini", POLICY):
        for hog_name, program in HOGS.items():
            eaten(hog_name, program, rounds)
    host.run("rm -f /home/alice/hog.py").check()
