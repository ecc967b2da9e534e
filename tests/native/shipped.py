# SPDX-License-Identifier: MIT
"""The policies that are shipped, on a native host as an administrator installs them, and what tests ask of them."""
import contextlib
import os
import shutil
import stat
from pathlib import Path

from . import lab, network
from .opener import SUCCESS

SHIPPED, POLICIES = lab.TREE / "policies", Path("/etc/carrel/policies.d")
# Outside: the internet; private addresses, and the one by which clouds tell about a machine.
PUBLIC, PUBLIC6 = "9.9.9.9", "2600:9::9"
SPECIAL = ("10.1.2.3", "192.168.7.7", "169.254.169.254", "fd00:1::3")
# What is in every minimal /dev.
BASICS = {"fd", "full", "log", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty",
          "urandom", "zero"}
# What the host has besides, open to all.
_NULL, _DISK = (stat.S_IFCHR, os.makedev(1, 3)), (stat.S_IFBLK, os.makedev(7, 200))
_DEVICES = {"sda": _DISK, "nvidia0": _NULL, "nvidia1": _NULL, "nvidiactl": _NULL, "fuse": _NULL}
# Starts threads until it may not, and says how many there were.
_FILL = """
import os, threading
threading.stack_size(1 << 16)
end, count = threading.Event(), 0
try:
    while count < 6000:
        threading.Thread(target=end.wait, daemon=True).start()
        count += 1
except RuntimeError:
    pass
print(count, flush=True)
os._exit(0)
"""


@contextlib.contextmanager
def surroundings():
    """Gives the host devices, and a network with others in it, who listen on port 80."""
    network.alone()
    network.tun_for_all()
    for name, (kind, number) in _DEVICES.items():
        os.mknod(f"/dev/{name}", 0o666 | kind, number)
        os.chmod(f"/dev/{name}", 0o666)
    with network.outside(*(f"{address}/{128 if ':' in address else 32}" for address in (PUBLIC, PUBLIC6, *SPECIAL))) \
            as machines:
        machines.answer(80)
        yield


def install(*names):
    """Makes the files of these names, or all that are shipped, the policies of the host."""
    for path in POLICIES.iterdir():
        path.unlink()
    for path in [SHIPPED / name for name in names] or SHIPPED.glob("[0-9]*.ini"):
        shutil.copyfile(path, POLICIES / path.name)


def alone_and_beside(name):
    """Makes the file of that name the only policy, and then one of all."""
    for names in ((name,), ()):
        install(*names)
        yield


def member(user, *groups):
    """Makes GROUPS all that USER is in, as an administrator who edits /etc/group."""
    path = Path("/etc/group")
    lines = [line.split(":") for line in path.read_text(encoding="utf-8").splitlines()]
    known = {name for name, *_ in lines}
    lines += [[name, "x", str(2000 + len(lines) + index), ""] for index, name in enumerate(groups) if name not in known]
    for line in lines:
        users = [each for each in line[3].split(",") if each and each != user]
        line[3] = ",".join(users + [user] * (line[0] in groups))
    path.write_text("".join(":".join(line) + "\n" for line in lines), encoding="utf-8")


@contextlib.contextmanager
def logins(machine, *users):
    """A session of each user."""
    made = [machine.opener(user) for user in users]
    for login in made:
        assert login.open() == SUCCESS, machine.log.take()[-5:]
    yield made
    for login in made:
        assert login.close() == SUCCESS
        login.quit()


def devices(login):
    return set(login.run("ls", "/dev").stdout.split())


def assert_processes(login, limit):
    """LOGIN can start so many processes and threads, less a few that are there already, and no more."""
    done = login.run("python3", "-c", _FILL)
    assert limit - 12 <= int(done.stdout or 0) < limit, (limit, done)
