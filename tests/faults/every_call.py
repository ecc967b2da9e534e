# SPDX-License-Identifier: MIT
"""Every system call of a login fails once."""
from collections import Counter

from faults import logins as programs
from faults.verdict import BY_USERS, Judge, Wrong, describe, faults, require, table, words
from native import lab


TRIES = 3


def confined(_call, _number):
    return "sandbox", "denied"


def relaxable(_call, number):
    """Quotas without a view are for a broken host; never for what a user can cause."""
    return ("sandbox", "denied") if number in BY_USERS else ("sandbox", "denied", "host")


def exempt(call, _number):
    """Who cannot be looked up at all is not known to be an admin."""
    return ("host", "denied") if call.looks_up else ("host",)


def one(judge, call, number, allowed):
    for _ in range(TRIES):
        outcome = judge.logins.run(judge.user, words(call, number))
        if outcome.fired_call == call.name:
            break
        # It went another way: what came before differed this time. A login that nothing happens to sets that right.
        judge.tidied(1)
        judge.logins.run(judge.user, judge.words)
    else:
        return "not reached", ""
    closing = call.phase == "close"
    verdict = judge.judge(outcome, closing, logged=call.name != "sendto")
    require(verdict in allowed, f"{verdict}, and only {allowed} is right: {judge.logged}")
    removing = call.role == "init" and call.name in ("unlinkat", "flock", "openat2", "write", "kill") or closing
    return verdict, judge.tidied(0.3 if removing else 1)


def all_of(machine, user, every, allowed=confined, any_pid=False):
    """Prints a table; fails if any outcome was wrong. ANY_PID: session-init may or may not have another child first."""
    judge = Judge(machine, machine.logins, user)
    judge.any_pid |= any_pid
    counts, wrong, unreached = Counter(), [], []
    tried = faults(judge.good.calls, every)
    for call, number in tried:
        try:
            verdict, tidied = one(judge, call, number, allowed(call, number))
        except Wrong as error:
            wrong.append(f"{describe(call, number)}: {error}")
            judge.clear()
            continue
        counts[(call.role, call.phase, verdict, tidied)] += 1
        if verdict == "not reached":
            unreached.append(describe(call, number))
    print(f"{user}: {len(tried)} faults, one a login")
    print(table([("who", "phase", "outcome", "tidied by", "times"),
                 *((*key, count) for key, count in sorted(counts.items()))]))
    assert not wrong, f"{len(wrong)} wrong:\n" + "\n".join(wrong)
    assert len(unreached) <= len(tried) / 50, f"{len(unreached)} of {len(tried)} calls were not reached: {unreached}"


def main(test, sanitized=True):
    programs.build(sanitized)

    def with_logins(machine):
        programs.policy(machine)
        machine.logins = programs.Logins(machine)
        bob = machine.logins.hold("bob")
        assert bob.view
        test(machine)
        machine.logins.quit()

    lab.main(with_logins)
