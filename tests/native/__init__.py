# SPDX-License-Identifier: MIT
"""A lab: a host of one's own on this machine, without a VM, for tests of the real module at native speed.

A test is a function that gets a Host (lab.py) and runs as root in namespaces of its own: it has its own
/etc, /home, /run, /tmp, /dev, processes and a branch of every cgroup tree, users and a PAM service. The machine
sees none of it, and it all ends with the test.

    from native import lab

    def test(machine):
        login = machine.opener("alice")
        assert login.open() == 0
        assert login.run("id", "-un").stdout == "alice\\n"

    lab.main(test)

What the test leaves behind in it fails the test (state.py).
"""
