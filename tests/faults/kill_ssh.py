# SPDX-License-Identifier: MIT
"""kill -9 of the processes of a login by ssh: while it opens, in it, and while it closes."""
import contextlib
import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

from faults.verdict import table
from native import lab, sshd, state

VICTIMS = ("ssh", "listener", "monitor", "user's sshd", "session-init")
LONGEST = 0.03  # a moment, of those in which a victim is there
MORE = 12  # moments, each nearer to the first one, where each time the login was over before
OVER = "over before"
COMMAND = "(setsid sleep 1000 </dev/null >/dev/null 2>&1 &); echo ready; cat"


def children(pid):
    with contextlib.suppress(OSError):
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    return []


def lives(pid):
    """Not a zombie either, which only waits for its parent."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    return False


def of_alice(pid):
    with contextlib.suppress(OSError):
        return os.stat(f"/proc/{pid}").st_uid == 1001
    return False


class Login:
    """ssh to the server, and the processes that are there for it. BESIDE: another one, whose carrel it shares."""

    def __init__(self, port, server, user, beside=None):
        self.server = server
        self.others = {*children(server.pid), *lab.pids("session-init")}
        self.joined = bool(beside)
        if beside:
            self.others.discard(beside.find("session-init"))
        self.client = subprocess.Popen(sshd.command(port, user, COMMAND), stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def ready(self):
        return self.client.stdout.readline() == "ready\n"

    def answers(self):
        self.client.stdin.write("still there\n")
        self.client.stdin.flush()
        return self.client.stdout.readline() == "still there\n"

    def find(self, victim):
        """The process, or None while it is not there."""
        monitors = [pid for pid in children(self.server.pid) if pid not in self.others]
        found = {"ssh": [self.client.pid], "listener": [self.server.pid], "monitor": monitors,
                 "user's sshd": [pid for monitor in monitors for pid in children(monitor) if of_alice(pid)],
                 "session-init": [pid for pid in lab.pids("session-init") if pid not in self.others]}[victim]
        return found[0] if found else None

    def kill(self, victim, delay):
        """False where it was not there any more: then the login has ended as it should."""
        if self.joined and victim == "session-init":
            # It has been there all the time: so that it is killed while it is asked.
            lab.until(lambda: self.find("monitor") or self.client.poll() is not None, 20, "the login begins")
            time.sleep(delay * 6)
        pid = lab.until(lambda: self.find(victim) or self.client.poll() is not None, 20, f"{victim} is there")
        time.sleep(delay)  # not to wait for anything: the moment is what is tried out
        if pid is True:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            lab.until(lambda: not lives(pid), 20, f"{victim} is dead")
            return True
        return False

    def end(self):
        """Whether it has ended well."""
        with contextlib.suppress(BrokenPipeError):
            self.client.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.client.wait(20) == 0
        raise AssertionError("ssh waits for ever")


def a_good_one(user="alice"):
    with sshd.listening("carrel-kills") as (port, server):
        login = Login(port, server, user)
        assert login.ready() and login.end()


def one(machine, quiet, victim, when, delay, joins):
    """What became of the login, and who tidied up. JOINS: another one of alice's has made the carrel, and stays."""
    with sshd.listening("carrel-kills") as (port, server):
        bob = Login(port, server, "bob")
        assert bob.ready()
        beside = Login(port, server, "alice") if joins else None
        assert not beside or beside.ready()
        alice = Login(port, server, "alice", beside)
        if when != "opening":
            assert alice.ready()
        if when == "closing":
            alice.client.stdin.close()
        killed = alice.kill(victim, delay)
        outcome = "good" if alice.end() else "lost" if killed else "refused"
        assert outcome != "refused", "nobody was killed, and the login failed"
        # What they share has gone for both.
        if beside and not (killed and victim == "session-init"):
            assert beside.answers() and beside.end(), "the user's other login has noticed"
        elif beside:
            assert not beside.end(), "it has ended, and well?"
        assert bob.answers() and bob.end(), "another session has noticed"
    left = state.settle(quiet, machine.trees, 5 if victim != "session-init" else 0.5)
    a_good_one()
    still = state.settle(quiet, machine.trees, 10)
    assert not still, still
    return f"{outcome if killed else OVER}, {'next login' if left else 'itself'}"


def cell(machine, quiet, victim, when, delays, joins):
    """What became of the logins in which VICTIM was killed after each of DELAYS, and after shorter ones until somebody
    has been killed: a cell in which every login was over before has tried nothing."""
    found = Counter()
    for delay in (*delays, *(min(delays) / 2 ** turn for turn in range(1, MORE)), 0):
        killed = any(not what.startswith(OVER) for what in found)
        if killed and found.total() >= len(delays):
            return found
        try:
            found[one(machine, quiet, victim, when, delay, joins)] += 1
        except AssertionError as error:
            raise AssertionError(f"{victim} killed, {when}, after {delay:.3f} s: {error}") from error
    assert any(not what.startswith(OVER) for what in found), f"{victim} was never killed, {when}: {dict(found)}"
    return found


def tried(machine, quiet, moments, joins):
    """{victim: {when: what became of them}}."""
    chance = random.Random(4711)
    counts = {victim: {} for victim in VICTIMS}
    for victim, cells in counts.items():
        for when, number in (("opening", moments), ("idle", 1), ("closing", moments)):
            delays = [0 if when == "idle" else chance.uniform(0, LONGEST) for _ in range(number)]
            cells[when] = cell(machine, quiet, victim, when, delays, joins)
    return counts


def show(title, counts):
    print(title)
    lines = [("killed", "opening", "idle", "closing")]
    for victim, cells in counts.items():
        lines.append((victim, *("; ".join(f"{number} {what}" for what, number in sorted(cell.items()))
                                for cell in cells.values())))
    print(table(lines))


def matrix(machine, moments, share):
    """MOMENTS: how many of opening and of closing are tried out with each."""
    machine.policy(f"{lab.POLICY}banner = no\nshare = {share}\n")
    sshd.make_keys("alice", "bob")
    for user in ("bob", "alice"):
        a_good_one(user)
    lab.until(lambda: not lab.pids("session-init"), 10, "the first logins are gone")
    quiet = state.look_when_quiet(machine.trees)
    title = f"kill -9 of a process of a login by ssh, share = {share}"
    told = "times, what became of the login, who tidied up"
    show(f"{title}: {told}", tried(machine, quiet, moments, joins=False))
    if share == "user":
        show(f"{title}, in which another login is: {told}", tried(machine, quiet, moments, joins=True))


def test_of(moments, share="session"):
    lab.main(lambda machine: matrix(machine, moments, share))
