# SPDX-License-Identifier: MIT
"""kill -9 of each process of a login, before each system call of a login's life."""
import contextlib
from collections import Counter, defaultdict

from faults.verdict import Judge, Wrong, require, table
from native import lab

VICTIMS = ("opener", "helper", "init", "payload")
# Where a step begins: role, phase, step, the system call and a part of its text.
STEPS = (
    ("opener", "open", "policy", None, ""),
    ("opener", "open", "plan", "readlink", "/proc/1/exe"),
    ("opener", "open", "lock", "openat", '"/run"'),
    ("opener", "open", "admission", "openat2", "/run/carrel/users/"),
    ("opener", "open", "cgroup", "openat", "/proc/self/cgroup"),
    ("opener", "open", "limits", "openat2", '"/run/carrel/users"'),
    ("opener", "open", "session-init", "socketpair", ""),
    ("opener", "open", "terminals", "fsopen", '"devpts"'),
    ("opener", "open", "own namespaces", "openat", "/proc/self/ns/mnt"),
    ("opener", "open", "view", "setfsuid", ""),
    ("opener", "open", "record", "openat", "/stat"),
    ("opener", "open", "sandbox", "poll", ""),
    ("opener", "open", "namespaces", "unshare", ""),
    ("opener", "open", "report", "close", ""),
    ("opener", "idle", "idle", None, ""),
    ("opener", "close", "namespaces back", None, ""),
    ("opener", "close", "cgroup back", "newfstatat", "/run/systemd/system"),
    ("opener", "close", "release", "sendto", ""),
    ("helper", "-", "between the two", None, ""),
    ("init", "-", "its birth", None, ""),
    ("init", "-", "its plan", "recvmsg", ""),
    ("init", "-", "the host's folders", "openat2", "/run/carrel/users"),
    ("init", "-", "the mounts", "mount_setattr", ""),
    ("init", "-", "its answer", "prctl", ""),
    ("init", "-", "it waits", "poll", ""),
    ("init", "-", "end of processes", "kill", ""),
    ("init", "-", "end of cgroup", "write", '"0"'),
    ("init", "-", "end of record", "unlinkat", '"1001-'),
)
# The same where the login makes a sandbox for others as well.
SHARED_STEPS = (*STEPS[:6], *STEPS[7:9], STEPS[6], *STEPS[9:])
# The same where the login joins a sandbox, which is there before and after.
JOIN_STEPS = (
    *STEPS[:6],
    ("opener", "open", "terminals", "openat", '"/dev/pts"'),
    STEPS[8],
    ("opener", "open", "joins", "socket", ""),
    STEPS[10],
    *STEPS[12:18],
    ("init", "-", "it waits", None, ""),
    ("init", "-", "it is asked", "accept4", ""),
    ("init", "-", "its answer", "sendto", ""),
    ("init", "-", "it is let go", "recvfrom", ""),
    ("init", "-", "end of cgroup", "unlinkat", "1001-"),
)


def name_steps(calls, steps):
    """Gives each call its step; every step must be found, in this order."""
    for role, phase in {(step[0], step[1]): None for step in steps}:
        mine = [call for call in calls if (call.role, call.phase) == (role, phase)]
        rest = iter(step for step in steps if step[:2] == (role, phase))
        step, following = next(rest), next(rest, None)
        for call in mine:
            if following and following[3] == call.name and following[4] in call.text:
                step, following = following, next(rest, None)
            call.step = step[2]
        assert not following, f"no system call begins the step {following}"


def kills(calls, steps):
    """[(call, victim)]: all that there is to kill, when there is."""
    name_steps(calls, steps)
    born = next(i for i, call in enumerate(calls) if call.role == "opener" and call.name == "wait4")
    for number, call in enumerate(calls):
        if call.role not in ("opener", "helper", "init"):
            continue
        yield call, call.role
        # It waits until session-init has been executed, in its stead the opener.
        if call.step == "its birth":
            yield call, "helper"
        if call.role == "helper":
            yield call, "opener"
            continue
        if call.role == "init":
            yield call, "opener"
        elif number > born:
            yield call, "init"
        if call.phase == "close":
            yield call, "payload"


def kills_at_join(calls):
    """The same; session-init is there from the first call to the last."""
    name_steps(calls, JOIN_STEPS)
    for call in calls:
        if call.role in ("opener", "init"):
            yield call, "opener"
            yield call, "init"
        if call.role == "opener" and call.phase == "close":
            yield call, "payload"


def sample(tried, every):
    """One of EVERY so many, and of each step at least one with each victim."""
    firsts = {}
    for number, (call, victim) in enumerate(tried):
        firsts.setdefault((call.role, call.step, victim), number)
    chosen = set(firsts.values()) | set(range(0, len(tried), every))
    return [tried[number] for number in sorted(chosen)]


def survives(judge, outcome, call, victim):
    """What the others must make of it; the verdict on the login."""
    if victim == "opener":
        # It may have gone by itself while session-init tidies up.
        late = call.role == "init" and outcome.ended["opener"] == "exit 0"
        require(outcome.ended["opener"] == "signal 9" or late, outcome.ended)
        require(outcome.ended.get("init") in (None, "exit 0", "exit 1", "signal 9"), f"session-init {outcome.ended}")
        return "killed"
    return judge.judge(outcome, closing=call.phase == "close" and victim == "init")


def tidier(call, victim, calls):
    """Who must tidy up: session-init where it lives and knows of all; else the next login may."""
    if victim == "init":
        return ("itself", "next login")
    # It is born first, or told first what there is to tidy up: with share = user the plan comes later.
    knows = max(c.index for c in calls if c.name in ("wait4", "sendmsg") and (c.role, c.phase) == ("opener", "open"))
    early = call.role == "opener" and call.phase == "open" and call.index <= knows
    # What is half written when its writer dies is nobody's, and the next login's.
    writing = call.role == "opener" and call.step == "record"
    return ("itself", "next login") if early or writing or victim == "opener" and call.role in ("helper", "init") else ("itself",)


def show(counts, steps):
    """A line a step, with what became of the login and who tidied up, for each that was killed there."""
    total = sum(sum(cell.values()) for cells in counts.values() for cell in cells.values())
    print(f"{total} kills, one a login: times, outcome, who tidied up")
    lines = [("before a call of", "in the step", *(f"{victim} killed" for victim in VICTIMS))]
    for role, _phase, step, *_where in steps:
        cells = counts[(role, step)]
        lines.append((role, step, *("; ".join(f"{count} {what}" for what, count in sorted(cells[victim].items()))
                                    for victim in VICTIMS)))
    print(table(lines))


def matrix(machine, every, steps=STEPS):
    judge = Judge(machine, machine.logins, "alice")
    calls = judge.good.calls
    counts, wrong, missed = defaultdict(lambda: defaultdict(Counter)), [], 0
    tried = sample(list(kills(calls, steps)), every)
    for call, victim in tried:
        outcome = machine.logins.run("alice", f"{call.at} kill {victim}")
        if outcome.fired_call != call.name:
            # After a login that was cut short the next one looks at more, and its calls have other numbers.
            judge.clear()
            machine.logins.run("alice", judge.words)
            outcome = machine.logins.run("alice", f"{call.at} kill {victim}")
        try:
            if outcome.fired_call != call.name:
                missed += 1
                judge.clear()
                continue
            require(not outcome.hung, "it hangs")
            verdict = survives(judge, outcome, call, victim)
            right = tidier(call, victim, calls)
            who = judge.tidied(5 if right == ("itself",) else 0.05)
            require(who in right, f"tidied by {who}")
            counts[(call.role, call.step)][victim][f"{verdict}, {who}"] += 1
        except Wrong as error:
            wrong.append(f"{victim} killed at {call}: {error}")
            print(wrong[-1], flush=True)
            judge.clear()
    conclude(counts, steps, wrong, missed, len(tried))


def conclude(counts, steps, wrong, missed, tried):
    show(counts, steps)
    assert not wrong, f"{len(wrong)} wrong:\n" + "\n".join(wrong)
    assert missed <= tried / 20, f"{missed} places were not reached"
    bare = [step for role, _phase, step, *_where in steps if not any(counts[(role, step)].values())]
    assert not bare, f"steps without a kill: {bare}"


class Held:
    """A login of alice's that made her sandbox, and stays."""

    def __init__(self, machine):
        self.machine = machine
        self.without = machine.logins.before()
        self.begin()

    def begin(self):
        others = set(lab.pids("session-init"))
        outcome = self.machine.logins.hold("alice")
        self.pid = next(line.split()[1] for line in outcome.lines if line.startswith("pid "))
        self.init, = set(lab.pids("session-init")) - others
        self.machine.log.take()
        self.with_it = self.machine.logins.now()

    def end(self, killed=False):
        self.machine.logins.ask(f"drop {self.pid} {self.init if killed else ''}")


def one_join(judge, held, call, victim):
    """What became of the login, and who tidied up; None where the place was not reached."""
    outcome = judge.logins.run("alice", f"join {held.init} {call.at} kill {victim}")
    died = victim == "init" and outcome.fired
    if died:
        held.end(killed=True)
    try:
        if not outcome.fired:
            return None
        require(not outcome.hung, "it hangs")
        verdict = survives(judge, outcome, call, victim)
        judge.before, judge.words = (held.without, "") if died else (held.with_it, f"join {held.init}")
        early = victim == "opener" and (call.phase == "open" or call.role == "init")
        right = ("itself", "next login") if early or died else ("itself",)
        who = judge.tidied(3 if victim == "opener" and call.role == "opener" and call.phase != "open" else 0.3)
        require(who in right, f"tidied by {who}")
        return f"{verdict}, {who}"
    finally:
        if died:
            judge.before, judge.words = held.without, ""
            with contextlib.suppress(Wrong):
                judge.tidied(0)
            held.begin()


def matrix_of_joins(machine, every):
    held = Held(machine)
    judge = Judge(machine, machine.logins, "alice", f"join {held.init}")
    tried = sample(list(kills_at_join(judge.good.calls)), every)
    counts, wrong, missed = defaultdict(lambda: defaultdict(Counter)), [], 0
    for call, victim in tried:
        try:
            what = one_join(judge, held, call, victim)
        except Wrong as error:
            wrong.append(f"{victim} killed at {call}: {error}")
            print(wrong[-1], flush=True)
            continue
        missed += not what
        if what:
            counts[(call.role, call.step)][victim][what] += 1
    held.end()
    judge.before, judge.words = held.without, ""
    judge.tidied(1)
    conclude(counts, JOIN_STEPS, wrong, missed, len(tried))
