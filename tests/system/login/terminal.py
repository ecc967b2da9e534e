# SPDX-License-Identifier: MIT
"""ssh to a host of the harness, in a pty of its own."""
from harness import host, terminal


class Terminal(terminal.Terminal):
    scale = host.scale
