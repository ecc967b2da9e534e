# SPDX-License-Identifier: MIT
"""Boots real hosts, installs the built project in them, and runs the tests.

A system test needs one line, `from harness import host`: the connected Host that the runner booted.
"""


def __getattr__(name):
    # Lazy, so that `import harness` works where there is no host.
    if name == "host":
        from .host import Host

        globals()["host"] = Host.from_environment()
        return globals()["host"]
    raise AttributeError(name)
