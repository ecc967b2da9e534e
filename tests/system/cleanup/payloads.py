# SPDX-License-Identifier: MIT
"""What users leave running when they go, and how to see that it is gone."""
from harness import host
from harness.ssh import shell_words
from system.limits.watch import UID, python, sessions

# Two forks and a session of its own: a child of the login's PID 1, out of reach of its shell.
DAEMON = """
import os, signal
os.fork() and os._exit(0)
os.setsid()
os.fork() and os._exit(0)
for fd in range(3):
    os.close(fd)
signal.pause()
"""
STUBBORN = """
import signal
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
print('stubborn', flush=True)
while True:
    signal.pause()
"""


def leave(shell):
    """Starts what wants to outlive the shell's login."""
    shell.ask("setsid nohup sleep 4242 >/dev/null 2>&1 </dev/null & :")
    shell.ask(shell_words(python(DAEMON)))
    shell.send(shell_words(python(STUBBORN)) + " &")
    shell.expect(r"stubborn\r?$")
    count = host.run(["pgrep", "-c", "-U", UID["alice"], "-f", "sleep 4242|signal"]).check().stdout
    assert int(count) == 3, count


def gone(user):
    """No process of USER's, and nothing that carrel would still tell of."""
    host.until(f"! pgrep -U {UID[user]} >&2")
    host.until(f"! carrel status {user} | grep {user} >&2")
    assert sessions(user) == []


def nothing_to_collect():
    found = host.run("carrel gc").check().stdout
    assert found == "Nothing was left behind.\n", found
