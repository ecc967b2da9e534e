# SPDX-License-Identifier: MIT
"""What the harness says to a person: progress, colours, and errors that name a remedy."""
import os
import sys
import time

COLOURS = {"green": "32", "red": "31", "yellow": "33", "dim": "2"}


class HarnessError(Exception):
    """Something outside the tested code is missing or broken; `remedy` is what to do about it."""

    def __init__(self, what, remedy=""):
        super().__init__(what + (f"\n  remedy: {remedy}" if remedy else ""))


def colour(name, text, stream=sys.stdout):
    if "NO_COLOR" in os.environ or not stream.isatty():
        return text
    return f"\033[{COLOURS[name]}m{text}\033[0m"


def say(text):
    """A progress line. On stderr, so that --list and counting lines stay clean."""
    print(f"[harness] {text}", file=sys.stderr, flush=True)


class step:
    """with step("what"): says what begins, and how long it took when that is worth saying."""

    def __init__(self, what):
        self.what = what

    def __enter__(self):
        self.start = time.monotonic()
        say(f"{self.what} ...")
        return self

    def __exit__(self, kind, value, trace):
        took = time.monotonic() - self.start
        if kind is None and took > 2:
            say(f"{self.what}: {took:.0f} s")


def die(error):
    print(f"error: {error}", file=sys.stderr, flush=True)
    sys.exit(1)
