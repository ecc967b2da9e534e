# SPDX-License-Identifier: MIT
"""The header of a test: its first comment lines say what it needs.

    # what: a login by ssh works as on any host
    # needs: host13          hosts; root14: natively, and again within the root of that host's release; programs …
    # tier: check
    # deadline: 60s          under emulation, the slowest that it runs on
    # manager: both          optional: systemd (the default), cgroupfs or both
    # long: host12-cgroupfs  optional: of its settings those that have tier long; host12: with every manager
    # show: output           optional: what it prints is shown though it passes
    # alone: yes             optional: no other test runs beside it, since it measures time
    # case: all long 20m     optional, any number: once more as NAME_all, which is told "all", in that tier and time;
    #                        with settings behind these, host13-systemd, in those alone
"""
import re

from .recipe import SUITES

TIERS = ("fast", "check", "long")
MANAGERS = {"systemd": ["systemd"], "cgroupfs": ["cgroupfs"], "both": ["systemd", "cgroupfs"]}
KEYS = ("what", "needs", "tier", "deadline", "manager", "long", "show", "alone", "case")
HOSTS = tuple(f"host{release}" for release in SUITES)
ROOTS = tuple(f"root{release}" for release in SUITES)
COMMENT = re.compile(r"^\s*(?:#|//|/\*+|\*(?!/))\s?(.*?)(?:\*/)?\s*$")
FIELD = re.compile(r"^(\w+):\s*(.*)$")
DURATION = re.compile(r"^(\d+)(s|m)$")
CASE = re.compile(r"^(?P<name>[a-z0-9_]+) (?P<tier>\w+) (?P<deadline>\S+)(?P<settings>( \S+)*)$")


class BadHeader(Exception):
    pass


def lines(path):
    """The comment lines at the top of a file, without their marks."""
    with open(path, encoding="utf-8", errors="replace") as source:
        for line in source:
            match = COMMENT.match(line)
            if not match and line.strip():
                return
            yield match.group(1) if match else ""


def fields(path):
    """The first run of `key: text` lines; {} when there is none. One field a line; of case, which may be there often, a
    list."""
    found = {}
    for line in lines(path):
        match = FIELD.match(line)
        if match:
            if match.group(1) == "case":
                found.setdefault("case", []).append(match.group(2))
                continue
            if match.group(1) in found:
                raise BadHeader(f"{match.group(1)}: twice")
            found[match.group(1)] = match.group(2)
        elif found:
            break
    return found


def seconds_of(key, text):
    match = DURATION.match(text)
    if not match:
        raise BadHeader(f"{key}: {text} is no duration such as 90s or 5m")
    return int(match.group(1)) * (60 if match.group(2) == "m" else 1)


class Case:
    """One more run of a test, in a tier and with a deadline of its own."""

    def __init__(self, text):
        match = CASE.match(text)
        if not match or match.group("tier") not in TIERS:
            raise BadHeader(f"case: {text} is no case such as all long 20m")
        self.name, self.tier = match.group("name"), match.group("tier")
        self.deadline = seconds_of("case", match.group("deadline"))
        self.settings = match.group("settings").split()


class Header:
    def __init__(self, path):
        found = fields(path)
        for key in found:
            if key not in KEYS:
                raise BadHeader(f"unknown key {key}: (known: {', '.join(KEYS)})")
        for key in ("what", "tier", "deadline"):
            if not found.get(key):
                raise BadHeader(f"no {key}: among the first comment lines")
        self.what, self.tier = found["what"], found["tier"]
        if self.tier not in TIERS:
            raise BadHeader(f"tier: {self.tier} is none of {', '.join(TIERS)}")
        self.deadline = seconds_of("deadline", found["deadline"])
        self.cases = [Case(text) for text in found.get("case", [])]
        if len({case.name for case in self.cases}) != len(self.cases):
            raise BadHeader("case: two have the same name")
        self.show = found.get("show") == "output"
        if "show" in found and not self.show:
            raise BadHeader(f"show: {found['show']} is not output")
        self.alone = found.get("alone") == "yes"
        if "alone" in found and not self.alone:
            raise BadHeader(f"alone: {found['alone']} is not yes")
        needs = found.get("needs", "").replace(",", " ").split()
        self.hosts = [need for need in needs if need in HOSTS]
        self.roots = [need for need in needs if need in ROOTS]
        self.needs = [need for need in needs if need not in HOSTS + ROOTS]
        if self.roots and (self.hosts or "native-root" not in self.needs):
            raise BadHeader(f"needs: {self.roots[0]} is for tests that need native-root")
        if "guest-image" in self.needs and not self.hosts:
            raise BadHeader("needs: guest-image is for tests that need a host")
        self.managers = self._managers(found.get("manager"))
        self.long = found.get("long", "").replace(",", " ").split()
        self._check_settings("long", self.long)
        for case in self.cases:
            self._check_settings("case", case.settings)

    def _check_settings(self, key, settings):
        for setting in settings:
            if setting not in self.settings() + self.hosts + self.roots:
                raise BadHeader(f"{key}: {setting} is none of {', '.join(self.settings()) or 'its settings'}")

    def settings(self):
        """Each host with each manager, as host13-systemd."""
        return [f"{host}-{manager}" for host in self.hosts for manager in self.managers]

    def _managers(self, value):
        if value is None:
            return ["systemd"] if self.hosts else [None]
        if not self.hosts:
            raise BadHeader("manager: only tests that need a host have one")
        if value not in MANAGERS:
            raise BadHeader(f"manager: {value} is none of {', '.join(MANAGERS)}")
        return MANAGERS[value]
