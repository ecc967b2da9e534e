# SPDX-License-Identifier: MIT
"""Samples of the bench's programs, and what is made of them."""
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

from native import mounts

# Where sandboxes see them too, on the same file system as session-init.
PROGRAMS = Path("/usr/libexec/carrel/bench")
CARREL, PLAIN = "carrel-test", "carrel-plain"
USER, UID = "alice", 1001


class Missing(Exception):
    """What a part of the bench needs and this machine does not have: its figures stay absent."""


def install(machine):
    """The built programs, a PAM service without carrel, and a policy of defaults."""
    shutil.copytree(mounts.BUILT / "tests/bench", PROGRAMS, ignore=shutil.ignore_patterns("*.[od]"))
    machine.pam_service(PLAIN, carrel=False)
    machine.policy("[session]\nmode = sandbox\nbanner = no\n")


def program(name, *arguments):
    return [str(PROGRAMS / name), *map(str, arguments)]


def need(name):
    path = shutil.which(name)
    if not path:
        raise Missing(f"{name}: no such program here")
    return path


def collect(argv, **options):
    """{name: sorted milliseconds} of a program's lines "NAME NANOSECONDS"."""
    result = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True, **options)
    found = defaultdict(list)
    for line in result.stdout.splitlines():
        name, nanoseconds = line.split()
        found[name].append(int(nanoseconds) / 1e6)
    return {name: sorted(values) for name, values in found.items()}


def percentile(values, percent):
    """Of a sorted list; the nearest one that was measured."""
    return values[min(len(values) - 1, int(len(values) * percent // 100))]


def median(values):
    return percentile(sorted(values), 50)


class Result:
    """The flat object of bench.json, and lines for people."""

    def __init__(self):
        self.figures = {}
        self.lines = []

    def set(self, name, value):
        self.figures[name] = round(value, 4)

    def line(self, text):
        self.lines.append(text)
        print(text, flush=True)

    def timing(self, name, values):
        """One line with what a distribution looks like: the smallest is what a quiet machine gives."""
        marks = "  ".join(f"{label} {value:8.3f}" for label, value in (
            ("min", values[0]), ("p50", percentile(values, 50)), ("p90", percentile(values, 90)),
            ("p99", percentile(values, 99))))
        self.line(f"  {name:<24} {marks}  ms  n={len(values)}")
