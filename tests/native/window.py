# SPDX-License-Identifier: MIT
"""A person's window at a real sshd of a native host."""
import contextlib

from harness.terminal import Terminal

from . import sshd


@contextlib.contextmanager
def window(port, user):
    """A person's window, at the prompt of a shell."""
    with Terminal([*sshd.command(port, user), "-tt"]) as shell:
        shell.expect(r"[$#] $")
        yield shell
        shell.type("exit\n")
        shell.end()
