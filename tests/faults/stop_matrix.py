# SPDX-License-Identifier: MIT
"""Each task that a login starts is stopped for good, before each of its system calls: the login waits for none of them
longer than its deadline, and leaves none of them behind."""
import time
from collections import Counter

from faults.kill_matrix import STEPS, name_steps
from faults.verdict import Judge, Wrong, require, table
from native import lab

DEADLINE = 1
CONFIG = f"[host]\ncgroup_manager = cgroupfs\ndeadline = {DEADLINE}s\n"


def stops(calls):
    """Until session-init has answered; then the session is open, and the opener waits for nothing any more."""
    name_steps(calls, STEPS)
    for call in calls:
        if call.role == "helper":
            yield call
        elif call.role == "init" and call.step not in ("it waits", "end of processes", "end of cgroup", "end of record"):
            yield call
            if call.step == "its answer" and call.name == "sendto":
                return


def sample(tried, every):
    firsts = {}
    for number, call in enumerate(tried):
        firsts.setdefault((call.role, call.step), number)
    return [tried[number] for number in sorted(set(firsts.values()) | set(range(0, len(tried), every)))]


def matrix(machine, every):
    machine.config(CONFIG)
    judge = Judge(machine, machine.logins, "alice")
    counts, wrong, tried = Counter(), [], sample(list(stops(judge.good.calls)), every)
    assert {"helper", "init"} <= {call.role for call in tried}, tried
    for call in tried:
        start = time.monotonic()
        outcome = machine.logins.run("alice", f"{call.at} stop")
        took = time.monotonic() - start
        try:
            require(outcome.fired, "this call is not made")
            require(not outcome.hung and took < DEADLINE + 2.5, f"it hangs for {took:.1f} s")
            verdict = judge.judge(outcome)
            require(verdict == "denied", f"with {call.role} stopped: {verdict}")
            require(not any(line.startswith("left ") for line in outcome.lines), "it stays, stopped")
            counts[(call.role, call.step, verdict, judge.tidied(2))] += 1
        except Wrong as error:
            wrong.append(f"stopped at {call}: {error}")
            print(wrong[-1], flush=True)
            judge.clear()
    print(table([("who", "stopped in the step", "outcome", "tidied by", "times"),
                 *((*key, count) for key, count in sorted(counts.items()))]))
    assert not wrong, f"{len(wrong)} wrong"
    assert len(lab.pids("session-init")) == 1, "bob's session is not the only one that is left"
