# SPDX-License-Identifier: MIT
"""Runs tests: one process each, in the setting that its header asks for, compared before and after."""
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time

from . import cache, collect, dev, install, lanes, leftovers, own, process, within
from .host import Host, HostDied
from .output import HarnessError, colour, say

PASS, FAIL, SKIP = "passed", "failed", "skipped"
SKIPPED = 77


class Hosts:
    """The one host that runs at a time: booted when its first test comes, stopped after its last."""

    def __init__(self, keep, use_running, guests=()):
        self.keep, self.use_running = keep, use_running
        self.guests = guests  # releases whose host has a guest image: others boot without that disk
        self.host = self.watch = self.manager = None
        self.installed = False
        self.lock = contextlib.ExitStack()
        self.broken = {}  # (release, with carrel): why; the tests that need it fail at once

    def get(self, release, carrel, manager):
        for key in ((release, False), (release, carrel)):
            if key in self.broken:
                raise HarnessError(self.broken[key])
        if self.host and (self.host.release != release or not self.host.alive()):
            self.close()
        try:
            if not self.host:
                self._boot(release)
            if carrel and not self.installed:
                install.install(self.host)
                self.installed, self.manager = True, "systemd"
        except (HarnessError, AssertionError) as error:
            self.broken[(release, carrel and self.host is not None)] = str(error)
            raise HarnessError(str(error)) from error
        if carrel and manager != self.manager:
            install.configure(self.host, manager)
            self.manager = manager
        return self.host, self.watch

    def _boot(self, release):
        if self.use_running:
            # One run at a time: another's logins would show as differences.
            self.lock.enter_context(cache.lock(dev.folder(release).name))
            self.host = dev.need(release)
            # Somebody pushed into it already, or wants it as it is.
            self.installed = self.host.run("test -e /usr/bin/carrel").ok
        else:
            folder = dev.folder(release) if self.keep else None
            self.host = Host.boot(release, folder, release in self.guests)
        self.watch = leftovers.HostLeftovers(self.host)

    def close(self):
        if self.watch:
            self.watch.close()
        if self.host and not self.use_running:
            if self.keep and self.host.alive():
                say(f"the Debian {self.host.release} host stays up: tests/hosts/host ssh {self.host.release}")
            else:
                self.host.stop()
        self.host = self.watch = self.manager = None
        self.installed = False
        self.lock.close()


class Outcome:
    """TEXT is shown; OUTPUT is all that the test has printed."""

    def __init__(self, verdict, text="", output=None):
        self.verdict, self.text = verdict, text
        self.output = text if output is None else output


def run_process(test, host):
    """Runs the test's process to its end or its deadline; (exit code or None, output)."""
    environment = {**os.environ, "CARREL_RUN": str(os.getpid()), "PYTHONPATH": str(collect.TESTS), "PYTHONDONTWRITEBYTECODE": "1",
                   "CARREL_TREE": str(cache.TREE), "CARREL_MANAGER": test.manager or ""}
    environment.pop("CARREL_HOST_JSON", None)
    if host:
        environment["CARREL_HOST_JSON"] = str(host.json)
    argv = within.argv(test.within, test.argv, environment) if test.within else test.argv
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                 cwd=cache.TREE, env=environment, start_new_session=True)
        end = time.monotonic() + test.deadline
        while True:
            try:
                code = child.wait(timeout=min(0.5, max(0.01, end - time.monotonic())))
                break
            except subprocess.TimeoutExpired:
                if time.monotonic() < end and (not host or host.alive()):
                    continue
                code = None
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
                break
            except BaseException:
                os.killpg(child.pid, signal.SIGKILL)
                raise
        output.seek(0)
        return code, output.read().decode(errors="replace")


def judge(test, code, output, host):
    if code == 0:
        return Outcome(PASS, output.rstrip() if test.header.show else "", output)
    if code == SKIPPED:
        return skip(output.strip() or "no reason given")
    if host and not host.alive():
        reason = "the host died (panic, or QEMU ended)"
    elif code is None:
        reason = f"not finished after its deadline of {test.deadline} s"
    else:
        reason = f"exit {code}" if code > 0 else f"killed by {signal.Signals(-code).name}"
    text = f"{reason}\n{output.rstrip()}"
    if host:
        if host.alive():
            text += f"\n--- log of the host\n{host.log_tail()}"
        text += f"\n--- console of the host\n{host.console_tail()}"
    return Outcome(FAIL, text)


def skip(reason):
    """An unmet prerequisite is a failure, unless somebody says aloud that it may be."""
    if os.environ.get("CARREL_ALLOW_SKIP") == "1":
        return Outcome(SKIP, reason)
    return Outcome(FAIL, f"prerequisite not met: {reason}\n(CARREL_ALLOW_SKIP=1 counts this as skipped)")


def run_test(test, hosts):
    if test.error:
        return Outcome(FAIL, test.error)
    reasons = [reason for reason in map(collect.unmet, test.header.needs) if reason]
    if reasons:
        return skip("; ".join(reasons))
    if not os.path.exists(test.argv[0]):
        return Outcome(FAIL, f"{os.path.relpath(test.argv[0], cache.TREE)} is not built: make unit-tests")
    host, watches = None, []
    try:
        if test.release:
            host, watch = hosts.get(test.release, test.carrel, test.manager)
            if collect.GUEST_IMAGE in test.header.needs and not host.state.get("guests"):
                return skip(f"the running host has no guest image (tests/hosts/host boot {test.release} guests)")
            watches.append(watch)
        elif "native-root" in test.header.needs:
            watches.append(leftovers.NativeLeftovers())
        known = process.children(os.getpid())
        for watch in watches:
            watch.before()
        outcome = judge(test, *run_process(test, host), host)
        left = leftovers.orphans(known)
        for watch in watches:
            left += watch.after() if not host or host.alive() else []
    except HostDied as error:
        return Outcome(FAIL, str(error))
    except (HarnessError, AssertionError, OSError) as error:
        return Outcome(FAIL, f"{error}")
    if left:
        text = outcome.text + "\n" if outcome.text else ""
        text += "the test left the machine different (+ is new, - is gone):\n" + "\n".join(left)
        return Outcome(FAIL, text, text if outcome.verdict != PASS else f"{outcome.output}\n{text}")
    return outcome


def report(test, outcome, seconds):
    mark = {PASS: colour("green", "ok  "), FAIL: colour("red", "FAIL"), SKIP: colour("yellow", "skip")}
    took = colour("dim", f"{seconds:.1f}s")
    extra = f": {outcome.text.splitlines()[0]}" if outcome.verdict == SKIP else ""
    print(f"{mark[outcome.verdict]} {test.name} {took}{extra}", flush=True)
    if outcome.verdict != SKIP:
        for line in outcome.text.splitlines():
            print(f"     {line}", flush=True)


def run_lane(tests, turns, keep, use_running):
    """Runs TESTS one after the other in this process; yields (outcome, seconds) of each. TURNS are those of all lanes."""
    hosts = Hosts(keep, use_running,
                  {test.release for test in tests if not test.error and collect.GUEST_IMAGE in test.header.needs})
    process.become_subreaper()
    if os.geteuid() == 0:
        own.mounts()
    try:
        for test in tests:
            with turns.take(not test.error and test.header.alone):
                begin = time.monotonic()
                outcome = run_test(test, hosts)
                seconds = time.monotonic() - begin
            yield outcome, seconds
    finally:
        hosts.close()


def run(tests, keep, use_running, summary):
    """Runs TESTS, those on hosts beside those that need none, and tells SUMMARY of each; {verdict: count}."""
    counts = {PASS: 0, FAIL: 0, SKIP: 0}
    turns = lanes.Turns()
    # So that the lanes are ended when CI ends us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        for test, (outcome, seconds) in lanes.results(lanes.split(tests),
                                                      lambda part: run_lane(part, turns, keep, use_running)):
            report(test, outcome, seconds)
            summary.add(test.name, outcome, seconds)
            counts[outcome.verdict] += 1
    finally:
        summary.show()
    return counts
