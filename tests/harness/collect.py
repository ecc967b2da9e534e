# SPDX-License-Identifier: MIT
"""Finds the tests under tests/. An executable is a test; a C source is one whose program the Makefile builds."""
import copy
import os
import shutil
from fnmatch import fnmatch
from pathlib import Path

from . import cache, header

TESTS = cache.TREE / "tests"
# Not tests: what runs them, and what `make bench` runs.
NOT_TESTS = ("harness", "hosts", "lib", "bench", "native")
NO_CARREL = "no-carrel"
# On a host: carrel's own guest image is in /var/lib/carrel/images.
GUEST_IMAGE = "guest-image"


class Test:
    """One test in one setting: a test for two managers or two releases, or with cases, appears as several."""

    def __init__(self, name, argv, head, host, manager, root=None):
        self.name, self.argv, self.header, self.manager = name, argv, head, manager
        self.deadline = head.deadline
        self.release = host[4:] if host else None
        self.within = root[4:] if root else None  # the release in whose root it runs natively
        self.settings = {host, f"{host}-{manager}", root}
        self.tier = "long" if self.settings & set(head.long) else head.tier
        if root and self.tier == "fast":
            self.tier = "check"  # the first run makes an image
        self.error = None

    def as_case(self, case):
        """The same test, told that it is this case."""
        plain, bracket, setting = self.name.partition("[")
        other = copy.copy(self)
        other.name, other.argv = f"{plain}_{case.name}{bracket}{setting}", [*self.argv, case.name]
        other.tier, other.deadline = case.tier, case.deadline
        return other

    @property
    def carrel(self):
        return NO_CARREL not in self.header.needs

    def order(self):
        """Fast native tests first; then host by host, the untouched host before carrel is installed in it."""
        return (self.release is not None, -int(self.release or 0), self.release is not None and self.carrel,
                self.manager == "cgroupfs", self.name)


class BadTest:
    """A file that claims to be a test and is none: counted as a failure, in every tier."""

    def __init__(self, name, error):
        self.name, self.error, self.release, self.manager, self.within = name, error, None, None, None

    def order(self):
        return (False, 0, False, False, self.name)


def files():
    for folder, names, found in os.walk(TESTS):
        names[:] = sorted(name for name in names if name != "__pycache__"
                          and (Path(folder) != TESTS or name not in NOT_TESTS))
        if Path(folder) != TESTS:
            yield from (Path(folder, name) for name in sorted(found))


def load(path):
    """The Test objects of one file: none when it is no test."""
    name = str(path.relative_to(TESTS))
    argv = [str(path)]
    try:
        if path.suffix == ".c":
            name = name[:-2]
            argv = [str(cache.TREE / "build/tests" / name)]
            if path.parent.name != "unit" and not header.fields(path):
                return []  # a helper's source
        elif not os.access(path, os.X_OK):
            if path.suffix in (".py", ".sh", "") and "what" in header.fields(path):
                raise header.BadHeader("has a test's header, but is not executable: chmod +x")
            return []
        head = header.Header(path)
    except (header.BadHeader, OSError) as error:
        return [BadTest(name, f"bad header: {error}")]
    hosts = head.hosts or [None]
    several = len(hosts) * len(head.managers) > 1
    tests = [Test(f"{name}[{host}-{manager}]" if several else name, argv, head, host, manager)
             for host in hosts for manager in head.managers]
    tests += [Test(f"{name}[{root}]", argv, head, None, None, root) for root in head.roots]
    return tests + [test.as_case(case) for case in head.cases for test in tests
                    if not case.settings or test.settings & set(case.settings)]


def select(tier, patterns):
    """The tests of TIER and of the tiers below it, by default check; of these, or with no TIER of all, those whose name
    fits one of PATTERNS."""
    every = [test for path in files() for test in load(path)]
    if patterns:
        every = [test for test in every if any(matches(test.name, pattern) for pattern in patterns)]
    if tier or not patterns:
        allowed = header.TIERS[:header.TIERS.index(tier or "check") + 1]
        every = [test for test in every if test.error or test.tier in allowed]
    return sorted(every, key=lambda test: test.order())


def matches(name, pattern):
    plain = name.partition("[")[0]
    return fnmatch(name, pattern) or fnmatch(plain, pattern) or fnmatch(plain, f"*/{pattern}") or \
        plain.startswith(pattern.rstrip("/") + "/")


def unmet(need):
    """Why NEED is not met here; None when it is."""
    if need in (NO_CARREL, GUEST_IMAGE):
        return None
    if need == "native-root":
        return None if os.geteuid() == 0 else "needs root on this machine"
    if need == "cgroup-v1":
        return None if Path("/sys/fs/cgroup/memory/tasks").exists() else "no cgroup v1 hierarchies here"
    if need == "cgroup-v2":
        return None if Path("/sys/fs/cgroup/cgroup.controllers").exists() else "no unified cgroup v2 here"
    return None if shutil.which(need) else f"{need}: no such program here (make deps)"
