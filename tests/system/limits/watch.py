# SPDX-License-Identifier: MIT
"""What root sees on a test host: a user's cgroup and the log. For the tests of limits, cleanup and lockout."""
import contextlib
import json
import os
import re

from harness import host

UID = {"alice": 1001, "bob": 1002, "carol": 1003}
TOP = {"systemd": "/sys/fs/cgroup/user.slice/user-{}.slice", "cgroupfs": "/sys/fs/cgroup/carrel/user-{}"}


def group(user):
    """The folder of all of USER's sessions."""
    return TOP[os.environ["CARREL_MANAGER"]].format(UID[user])


def values(user, *files):
    """What the kernel has in FILES of USER's cgroup, one text each."""
    lines = host.run(["grep", "-H", "", *(f"{group(user)}/{name}" for name in files)]).check().stdout
    found = dict.fromkeys(files, "")
    for line in lines.splitlines():
        path, _, text = line.partition(":")
        name = path.rpartition("/")[2]
        found[name] = f"{found[name]}\n{text}".strip()
    return [found[name] for name in files]


def python(program):
    return ["python3", "-c", program]


class Log:
    """The system log from here on."""

    def __init__(self):
        self.cursor = re.search(r"-- cursor: (.*)", host.run("journalctl -q -n 0 --show-cursor").check().stdout)[1]

    def carrel(self):
        """What pam_carrel said since, one line each, without the time."""
        text = host.run(["journalctl", "--sync"]).check() and host.run(
            ["journalctl", "-q", "-o", "cat", "--after-cursor", self.cursor]).check().stdout
        return [line for line in text.splitlines() if line.startswith("pam_carrel(")]


def refused(user, *words):
    """A login of USER's that must be denied: the one line that carrel tells them, which holds WORDS. sshd sends it
    as a banner, which a quiet client would not show, or, where the session was refused, by its child, which exits
    with 254."""
    login = host.run("echo inside", user=user, options=["-v"])
    told = [line for line in (login.stdout + login.stderr).splitlines() if line.startswith("carrel:")]
    assert login.rc in (254, 255) and "inside" not in login.stdout, f"not denied: {login}"
    assert len(told) == 1, f"one line was expected: {login}"
    for word in words:
        assert word in told[0], f"no {word!r} in {told[0]!r}"
    return told[0]


def sessions(user=None):
    """The rows of `carrel status --json`."""
    rows = json.loads(host.run("carrel status --json").check().stdout)["sessions"]
    return [row for row in rows if user in (None, row["user"])]


@contextlib.contextmanager
def logins(*users, **options):
    """Live shells of USERS, all started at once and ready."""
    with contextlib.ExitStack() as stack:
        shells = [stack.enter_context(host.popen(user=user, **options)) for user in users]
        for shell in shells:
            try:
                shell.ask("true")
            except OSError:  # it ended before it could be asked
                shell.expect("carrel-end")
        yield shells
