# SPDX-License-Identifier: MIT
"""Many logins, and nothing that adds up."""
from pathlib import Path

from . import lab
from .opener import SUCCESS

SPARE = 12  # namespaces of each kind, besides those that the host has itself


def one_after_the_other(machine, sessions):
    """A namespace that leaks is in no /proc; but the kernel counts them, and refuses one too many."""
    login = machine.opener("alice")
    before = login.look()
    for name in ("mnt", "pid", "ipc", "cgroup"):
        Path(f"/proc/sys/user/max_{name}_namespaces").write_text(str(SPARE), encoding="ascii")
    for number in range(sessions):
        # The kernel frees a namespace some time after its last process: one more must fit in the end.
        lab.until(lambda: login.open() == SUCCESS, 10, f"session {number} of {sessions} can be opened")
        assert login.close() == SUCCESS
        login.messages()
    machine.log.take()
    after = login.look()
    lab.same({key: before[key] for key in ("namespaces", "cgroup", "cwd")}, after, "after all sessions")
    assert len(after["descriptors"]) <= len(before["descriptors"]) + 2, after["descriptors"]


def test_of(sessions):
    lab.main(lambda machine: one_after_the_other(machine, sessions), userns=True)
