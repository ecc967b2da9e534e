# SPDX-License-Identifier: MIT
"""Logins by ssh to two real sshd, one with carrel in its PAM stack and one without."""
import random
import subprocess
import time

from native import lab, sshd

from samples import USER, median, need, percentile

NAMES = {"plain": "carrel-bench-plain", "carrel": "carrel-bench-login"}
WARM_UP = 3
WANTED = 1.05  # a login's time with carrel over that without, at most


def login(port, command="true", user=USER):
    """(milliseconds, output) of one login."""
    start = time.perf_counter()
    result = subprocess.run(sshd.command(port, user, command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            text=True, timeout=60, check=True)
    return (time.perf_counter() - start) * 1000, result.stdout


def settle():
    """Waits for the end of what a logout leaves to do, which would cost the next login time."""
    working = sorted(name[:15] for name in NAMES.values())
    lab.until(lambda: sorted(name for name in lab.comms() if name[:15] in working or name.startswith("sshd-"))
               == working and not lab.pids("session-init"), 10, "a logout's end")


def confidence(plain, carrel, draws=2000):
    """Between which two values 95 % of the ratios of medians are, when the rounds are drawn again (bootstrap)."""
    dice, rounds = random.Random(1), range(len(plain))
    ratios = []
    for _ in range(draws):
        drawn = dice.choices(rounds, k=len(rounds))
        ratios.append(median([carrel[i] for i in drawn]) / median([plain[i] for i in drawn]))
    ratios.sort()
    return percentile(ratios, 2.5), percentile(ratios, 97.5)


def take_turns(rounds):
    """{name: milliseconds of each round}; who is first changes from round to round."""
    sshd.make_keys(USER)
    found = {name: [] for name in NAMES}
    with sshd.listening(NAMES["plain"], carrel=False) as (plain, _), sshd.listening(NAMES["carrel"]) as (carrel, _):
        ports = {"plain": plain, "carrel": carrel}
        inits = {name: login(port, "cat /proc/1/comm")[1] for name, port in ports.items()}
        assert inits["carrel"] == "session-init\n" != inits["plain"], inits
        for index in range(-WARM_UP, rounds):
            for name in sorted(ports, reverse=bool(index % 2)):
                settle()
                milliseconds, _output = login(ports[name])
                if index >= 0:
                    found[name].append(milliseconds)
        settle()
    return found


def against_plain(result, rounds):
    result.line("ssh login, `true`, logout")
    found = take_turns(rounds)
    for name, values in found.items():
        result.timing(f"login, {name}", sorted(values))
    plain, carrel = median(found["plain"]), median(found["carrel"])
    low, high = confidence(found["plain"], found["carrel"])
    result.line(f"  {carrel / plain:.4f} times as long, {low:.4f} to {high:.4f} with 95 % confidence")
    result.set("login_plain_p50_ms", plain)
    result.set("login_p50_ms", carrel)
    result.set("login_p50_over_plain", carrel / plain)
    result.set("login_p50_over_plain_low", low)
    result.set("login_p50_over_plain_high", high)
