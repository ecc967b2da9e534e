# SPDX-License-Identifier: MIT
"""Real logins in a native host in which one thing goes wrong: the program faults is asked, and its answer read."""
import os
import re
import subprocess
from pathlib import Path

from native import lab, mounts, state

SANITIZED = lab.TREE / "build/sanitized"
# How a line begins of what a view may be without.
MAY_LACK = "view may lack "
REPORT = Path("/run/native/report")
NUMBERS = re.compile(r"#define __NR_(\w+) (\d+)")
HEADERS = ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h")
# A fast unwinder loses its way in libraries without frame pointers, and the report is about them as well.
ASAN = "fast_unwind_on_malloc=0:exitcode=99"


def build(sanitized):
    """Called before the host is made: what it installs is then this build."""
    target = "sanitized" if sanitized else "fault-programs"
    subprocess.run(["make", "-s", f"-j{os.cpu_count()}", "-C", lab.TREE, "all", target], check=True)
    if sanitized:
        lab.BUILD = SANITIZED


def _names():
    text = next(Path(name).read_text(encoding="ascii") for name in HEADERS if os.path.exists(name))
    return {int(number): name for name, number in NUMBERS.findall(text)}


NAMES = _names()


class Call:
    """One system call of a login without a fault."""

    def __init__(self, line):
        fields = line.split(" ", 6)
        _word, self.role, self.phase, index, number, result, text = fields
        self.index, self.number, self.result, self.text = int(index), int(number), int(result), text
        self.name = NAMES[self.number]
        self.step = None
        self.looks_up = False  # it belongs to the search for the account

    @property
    def at(self):
        return f"at {self.role} {self.phase} {self.index}"

    def __str__(self):
        return f"{self.role} {self.phase} {self.index} {self.name} {self.text}"


class Outcome:
    """The answer to one line: what the opener, its user and their tracer saw."""

    def __init__(self, lines, report):
        self.lines, self.report = lines, report
        self.calls = [Call(line) for line in lines if line.startswith("call ")]
        for call in self.calls:
            if "/etc/login.defs" in call.text or "/etc/carrel" in call.text or call.phase != "open":
                break
            call.looks_up = True
        self.ended = dict(line.split(" ", 2)[1:] for line in lines if line.startswith("ended "))
        self.fired = next((line for line in lines if line.startswith("fired ")), None)
        self.fired_call = NAMES[int(self.fired.split()[1])] if self.fired else None
        self.hung = "hung" in lines
        self.said = [line for line in lines if line.startswith("said ")]
        self.opened, self.allocations = self._code("open")
        self.closed, self.close_allocations = self._code("close")
        self.fork = "fork works" in lines
        self.view = self._view()
        self.limits = [line for line in lines if line.startswith("limit ")]
        self.namespaces = self._namespaces("view ns ")
        self.back = sorted(re.sub(r"\[\d+\]$", "", line) if " fd " in line else line
                           for line in lines if line.startswith("back "))
        self.home = self._namespaces("back ns ")

    def _code(self, phase):
        line = next((line for line in self.lines if line.startswith(f"{phase} ")), None)
        return tuple(map(int, line.split()[1:])) if line else (None, 0)

    def _namespaces(self, prefix):
        return dict(line[len(prefix):].split(" ", 1) for line in self.lines if line.startswith(prefix))

    @staticmethod
    def _without_need(line):
        """A hierarchy that no limit is wanted of is one that a view may lack: where it does not let us in, it is done
        without."""
        options = line.partition(" - cgroup cgroup ")[2]
        needed = {name for name, _key, _file in LIMITS} & set(options.split(","))
        return line.replace("view mount ", MAY_LACK, 1) if options and not needed else line

    def _view(self):
        """Without what is different in every session: numbers of namespaces, mounts and devices."""
        found = []
        for line in self.lines:
            if line.startswith("view mount "):
                line = re.sub(r"^view mount \d+ \d+ \d+:\d+", "view mount", line)
                line = re.sub(r"(master|shared):\d+", r"\1", line)
                line = re.sub(r"/\.\./\d+-\d+ ", "/../ID ", line)
                line = self._without_need(line)
            # In a session of its own it is the second process; in the host's it is any.
            line = re.sub(r"^view pid \d\d+ ", "view pid - ", line)
            if line.startswith("view ") and not line.startswith("view ns "):
                found.append(line)
        return found


# Where this machine has cgroup v1 hierarchies: there a native host can have limits.
LIMITS = (("memory", "memory.max = 512M", "memory.limit_in_bytes"), ("pids", "pids.max = 500", "pids.max"),
          ("cpu", "cpu.max = 150%", "cpu.cfs_quota_us"))


def limits(machine):
    """The files of alice's limits."""
    return [machine.user_node("alice", name) / file for name, _key, file in LIMITS if name in machine.v1]


def policy(machine, on_error="deny", share="session", mode="sandbox"):
    """With all limits that this machine allows a native host."""
    keys = [key for name, key, _file in LIMITS if name in machine.v1]
    session = [lab.POLICY.replace("sandbox", mode) + f"on_error = {on_error}", f"share = {share}"]
    if mode == "guest":
        session += ["[guest]", "template = small"]
    machine.policy("\n".join([*session, "[cgroup]", *keys, ""]))


class Logins:
    """A process that logs people in, one after the other, and is told what to let go wrong."""

    def __init__(self, machine):
        REPORT.write_bytes(b"")
        self.report = open(REPORT, "r+b", buffering=0)
        self.process = subprocess.Popen(
            [mounts.BUILT / "tests/faults/faults", lab.SERVICE, "alice"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self.report, text=True, env={**os.environ, "ASAN_OPTIONS": ASAN})
        self.machine = machine
        for path in limits(machine):
            self.ask(f"watch {path}")

    def ask(self, line):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        lines = []
        while (answer := self.process.stdout.readline()) != "end\n":
            assert answer, f"{line}: the program has ended: {self._take_report()}"
            lines.append(answer.rstrip("\n"))
        return Outcome(lines, self._take_report())

    def run(self, user, words=""):
        return self.ask(f"run {user} {words}")

    def hold(self, user):
        """A session that stays until the end; what it looks like, and its process."""
        outcome = self.ask(f"hold {user}")
        assert "held 0" in outcome.lines, outcome.lines
        return outcome

    def _take_report(self):
        text = REPORT.read_text(encoding="utf-8", errors="replace")
        self.report.truncate(0)
        self.report.seek(0)
        return text

    def quit(self):
        self.process.stdin.close()
        assert self.process.wait(30) == 0

    def before(self):
        """The state that every login must come back to."""
        left = state.settle(self.machine.before, self.machine.trees, 0)
        assert not [line for line in left if "session-init uid=0" in line and "1001" in line], left
        return self.now()

    def now(self):
        return state.look(self.machine.trees)

    def left(self, before, seconds):
        return state.settle(before, self.machine.trees, seconds)


# What libpam does on its own, once its modules have been called: it tells the audit system.
def of_the_module(calls):
    found, over = [], set()
    for call in calls:
        if call.role == "opener" and call.name == "socket" and call.result >= 0 and call.text == '"" ""':
            over.add(call.phase)
        if not (call.role == "opener" and (call.phase in over or call.phase == "idle")):
            found.append(call)
    return found
