# SPDX-License-Identifier: MIT
"""The lab of a test: its namespaces, cgroup, users, PAM service and policies; and its end."""
import contextlib
import os
import pwd
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

from . import hierarchies, log, mounts, opener, state, syscalls
from .syscalls import NEWCGROUP, NEWIPC, NEWNS, NEWPID, NEWUSER

TREE = Path(os.environ.get("CARREL_TREE") or Path(__file__).resolve().parents[2])
BUILD = Path(os.environ.get("CARREL_BUILD") or TREE / "build")
SERVICE = "carrel-test"
MODULE = "/usr/libexec/carrel/pam_carrel.so"
USERS = (("alice", 1001), ("bob", 1002), ("adam", 1003))
ADMIN = "adam"
POLICY = "[match]\nuser = alice, bob\n[session]\nmode = sandbox\n"
SKIPPED = 77


def cgroup_mount():
    """Where this machine has cgroup2: by itself, or beside the v1 hierarchies."""
    for path in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified"):
        if os.path.exists(f"{path}/cgroup.procs"):
            return Path(path)
    print("no cgroup2 is mounted here")
    sys.exit(SKIPPED)


class Host:
    """What a test works with; made inside, when all namespaces are."""

    def __init__(self, cgroup, trees):
        self.cgroup = cgroup
        # {"memory": where the v1 hierarchy with that controller is mounted}; none on a cgroup2 host.
        self.v1 = {name: tree.mount for tree in trees for name in tree.controllers}
        self.openers = []
        mounts.install()
        for name, uid in USERS:
            self.add_user(name, uid)
        with open("/etc/group", "a", encoding="ascii") as groups:
            groups.write(f"carrel-admin:x:1099:{ADMIN}\n")
        self.pam_service(SERVICE)
        self.pam_service("other")
        self.config("[host]\ncgroup_manager = cgroupfs\n")
        self.policy(POLICY)
        self.log = log.Log()
        self.trees = [cgroup, *(tree.mount for tree in trees)]
        self.before = state.look(self.trees)

    @staticmethod
    def add_user(name, uid, home=None, make_home=True):
        """An account as any name service might deliver it; without MAKE_HOME its home is missing, or another's."""
        home = Path(home or Path("/home", name))
        # A machine may have one of that name.
        for path in (Path("/etc/passwd"), Path("/etc/group"), Path("/etc/shadow")):
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            path.write_text("".join(line for line in lines if line.partition(":")[0] != name), encoding="utf-8")
        with open("/etc/passwd", "a", encoding="utf-8") as users:
            users.write(f"{name}:x:{uid}:{uid}::{home}:/bin/sh\n")
        with open("/etc/group", "a", encoding="utf-8") as groups:
            groups.write(f"{name}:x:{uid}:\n")
        with open("/etc/shadow", "a", encoding="utf-8") as shadow:
            shadow.write(f"{name}:*:19000:0:99999:7:::\n")
        if make_home:
            home.mkdir(mode=0o755)
            os.chown(home, uid, uid)

    @staticmethod
    def pam_service(name, carrel=True):
        lines = ["auth sufficient pam_permit.so", "account required pam_permit.so", "session required pam_permit.so"]
        if carrel:
            lines += [f"account required {MODULE}", f"session required {MODULE}"]
        Path("/etc/pam.d", name).write_text("\n".join(lines) + "\n", encoding="ascii")

    @staticmethod
    def config(text):
        Path("/etc/carrel/carrel.ini").write_text(text, encoding="ascii")

    @staticmethod
    def policy(text, name="10-test.ini"):
        Path("/etc/carrel/policies.d", name).write_text(text, encoding="utf-8")

    def opener(self, user, **items):
        made = opener.Opener(user, **items)
        self.openers.append(made)
        return made

    @staticmethod
    def su(user, command, env=None, before=None):
        """A real su to USER, by one whom no policy names, who ran BEFORE in the process that becomes su."""
        return subprocess.run(["su", user, "-c", command], user=1003, group=1003, extra_groups=[], preexec_fn=before,
                              env={"PATH": "/usr/bin:/bin", **(env or {})}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30, check=False)

    @staticmethod
    def carrel(*words):
        """Runs carrel's command as root; it must succeed. Its standard output."""
        return subprocess.run(["/usr/libexec/carrel/carrel", *words], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, text=True, timeout=30, check=True).stdout

    def left(self, seconds=5):
        """What is there that was not when the host was made, once SECONDS have not sufficed to tidy up."""
        return state.settle(self.before, self.trees, seconds)

    @staticmethod
    def state_of(user):
        return Path("/run/carrel/users", str(pwd.getpwnam(user).pw_uid))

    def records(self, user):
        """The ids of the sessions that are recorded for USER."""
        return sorted(path.name for path in self.state_of(user).glob("[0-9]*-[0-9]*"))

    def cgroups(self, user):
        """The names of the cgroups that there are for sessions of USER."""
        folder = self.cgroup / f"carrel/user-{pwd.getpwnam(user).pw_uid}"
        return sorted(path.name for path in folder.glob("*-*") if path.is_dir())

    def user_node(self, user, controller):
        """The user's node in the v1 hierarchy of CONTROLLER."""
        return self.v1[controller] / f"carrel/user-{pwd.getpwnam(user).pw_uid}"

    def need_v1(self, *controllers):
        """Exits as a test does whose prerequisite is missing."""
        missing = [name for name in controllers if name not in self.v1]
        if missing:
            print(f"no cgroup v1 hierarchy here with {', '.join(missing)}")
            sys.exit(SKIPPED)

    def left_by_sessions(self, seconds=5):
        """As left(), while openers are still there."""
        return [line for line in self.left(seconds) if not line.startswith("+ process: python3 ")
                and not line.startswith("+ descriptor: python3 ")]

    def finish(self):
        for each in self.openers:
            each.quit()
        lines = self.left()
        assert not lines, "left behind in the host (+ is new, - is gone):\n" + "\n".join(lines)


def _processes():
    """Those that live: a zombie only waits for its parent."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            head, _, tail = Path("/proc", name, "stat").read_text(encoding="utf-8").rpartition(")")
            if tail.split()[0] != "Z":
                yield int(name), head.partition("(")[2]


def pids(comm):
    """The processes of that name in the host and in all its sandboxes."""
    return [pid for pid, name in _processes() if name == comm]


def comms():
    return [name for _pid, name in _processes()]


def cgroup_of(pid):
    """As the host sees it; in a session's own view every cgroup is "/"."""
    lines = Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8").splitlines()
    return next(line[3:] for line in lines if line.startswith("0::"))


def until(condition, seconds, what):
    """Waits for CONDITION and returns what it returned; an AssertionError at the deadline."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.002)
    return value


def same(before, after, what):
    """Two results of look() must be equal; says which part is not."""
    for key, value in before.items():
        assert after[key] == value, f"{what}: {key} was {str(value)[:2000]}, is {str(after[key])[:2000]}"


def _outcome(function, *arguments):
    """Runs FUNCTION as a process does: its exit code, with the traceback on stderr."""
    try:
        function(*arguments)
        return 0
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # pylint: disable=broad-except
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _test(test, cgroup, trees):
    host = Host(cgroup, trees)
    try:
        test(host)
    except BaseException:
        print("\n".join(["log of the host:", *(line[:400] for line in host.log.take()[-20:])]), file=sys.stderr)
        raise
    host.finish()


def _fork(function, *arguments):
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os._exit(_outcome(function, *arguments))
    return pid


def _wait(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _first_process(test, cgroup, trees, userns):
    """PID 1 of the host: makes its mounts, starts the test, reaps orphans until the test has ended."""
    syscalls.die_with_parent(signal.SIGKILL)
    mounts.make(TREE, BUILD, cgroup, trees, userns)
    child = _fork(_test, test, cgroup, trees)
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            sys.exit(code if code >= 0 else 1)


def _enter(test, own, cgroup, trees, user_namespace):
    """Between the machine and the host: goes into the cgroup, makes the namespaces, starts PID 1."""
    syscalls.die_with_parent(signal.SIGKILL)
    for path in own:
        (path / "cgroup.procs").write_text("0")
    if user_namespace:
        # In a chroot there is no making of one (user_namespaces(7)).
        syscalls.unshare(NEWNS)
        mounts.own_root()
        user_namespace()
    syscalls.unshare(NEWNS | NEWPID | NEWIPC | NEWCGROUP)
    sys.exit(_wait(_fork(_first_process, test, cgroup, trees, bool(user_namespace))))


class _UserNamespace:
    """All ids mapped to themselves: what differs is whose limits in /proc/sys/user count. The one who
    enters cannot write its own map, so the process outside does when told."""

    def __init__(self):
        self.made, self.mapped = os.pipe(), os.pipe()

    def enter(self):
        syscalls.unshare(NEWUSER)
        os.write(self.made[1], b"m")
        assert os.read(self.mapped[0], 1) == b"m"
        os.setuid(0)

    def map(self, pid):
        assert os.read(self.made[0], 1) == b"m"
        for name in ("uid_map", "gid_map"):
            Path(f"/proc/{pid}/{name}").write_text("0 0 4294967295", encoding="ascii")
        os.write(self.mapped[1], b"m")


def main(test, userns=False, v1=True):
    """Runs TEST(host) and exits: 0, or 1 after a traceback. With USERNS in a user namespace too. The host has
    this machine's cgroup v1 hierarchies, if it has any, unless V1 is false."""
    cgroup = cgroup_mount()
    trees = hierarchies.find() if v1 else []
    spaces = _UserNamespace() if userns else None
    code = 1
    with hierarchies.folders([cgroup, *(tree.own for tree in trees)]) as own:
        pid = _fork(_enter, test, own, cgroup, trees, spaces.enter if spaces else None)
        if spaces:
            spaces.map(pid)
        code = _wait(pid)
    sys.exit(code if code >= 0 else 1)
