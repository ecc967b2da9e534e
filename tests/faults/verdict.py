# SPDX-License-Identifier: MIT
"""Was a login in which something failed a good one? Every fault gets the same questions."""
import contextlib
import errno
import os

from faults.logins import MAY_LACK, of_the_module

EIO, ENOMEM, EMFILE, ENOSPC, EINTR = errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENOSPC, errno.EINTR
EACCES, EAGAIN, EINVAL, ENOENT, EPERM, EROFS = (errno.EACCES, errno.EAGAIN, errno.EINVAL, errno.ENOENT, errno.EPERM,
                                                errno.EROFS)
OPEN = (EIO, EMFILE, ENOMEM, EINTR, EACCES, ENOSPC)
LOOK = (EIO, ENOMEM, EACCES)
CHANGE = (ENOSPC, EIO, EROFS, ENOMEM)
TALK = (ENOMEM, EIO, EINTR)
MOUNT = (ENOMEM, EIO, ENOSPC, EPERM, EINVAL)
# What each system call may fail with.
ERRORS = {
    **dict.fromkeys(("open", "openat", "openat2"), OPEN),
    **dict.fromkeys(("read", "pread64", "getdents64", "lseek", "pwrite64"), (EIO, EINTR, ENOMEM)),
    "write": (ENOSPC, EIO, EINTR),
    **dict.fromkeys(("mkdirat", "renameat", "unlinkat", "chmod", "fchmod", "fchmodat", "lchown", "fchownat", "bind",
                     "symlinkat", "mknodat"), CHANGE),
    **dict.fromkeys(("newfstatat", "fstat", "statfs", "fstatfs", "readlink", "readlinkat", "faccessat2", "access",
                     "getcwd", "chdir", "fchdir", "fgetxattr"), LOOK),
    "fsetxattr": (*CHANGE, errno.EOPNOTSUPP),
    "flock": (EIO, errno.ENOLCK, EINTR),
    "fcntl": (EMFILE, EINVAL),
    "socketpair": (EMFILE, ENOMEM),
    "pidfd_open": (EMFILE, ENOMEM, errno.ESRCH),
    "pidfd_send_signal": (EPERM, errno.ESRCH),
    "signalfd4": (EMFILE, ENOMEM),
    "clone": (ENOSPC, ENOMEM, EAGAIN, EMFILE), "fork": (ENOMEM, EAGAIN),
    "execve": (ENOMEM, ENOENT, EACCES, EIO),
    "dup2": (EMFILE, EINTR), "dup3": (EMFILE, EINTR), "close_range": (ENOMEM, EMFILE),
    **dict.fromkeys(("sendmsg", "sendto", "recvmsg", "recvfrom", "poll", "ppoll"), TALK),
    "wait4": (EINTR, errno.ECHILD),
    "setresuid": (EPERM, errno.EAGAIN), "setresgid": (EPERM,), "setgroups": (EPERM, ENOMEM),
    **dict.fromkeys(("setns", "unshare"), (ENOMEM, EPERM, ENOSPC, EINVAL)),
    **dict.fromkeys(("fsopen", "fsconfig", "fsmount", "move_mount", "open_tree", "mount_setattr", "pivot_root"), MOUNT),
    # EINVAL is no failure: nothing is mounted there any more, or it is locked, as in a container.
    "umount2": (ENOMEM, EIO, EPERM),
    "bpf": (EPERM, EINVAL, ENOMEM), "ioctl": (EINVAL, EPERM),
    **dict.fromkeys(("prctl", "capset", "kill"), (EPERM, EINVAL)),
    "seccomp": (ENOMEM, EINVAL, EACCES),
    "close": (EIO, EINTR),
    "socket": (EMFILE, ENOMEM), "listen": (ENOMEM, errno.EADDRINUSE), "connect": (errno.ECONNREFUSED, EAGAIN),
    "nanosleep": (EINTR,), "prlimit64": (EPERM,), "setsid": (EPERM,),
    **dict.fromkeys(("sched_getattr", "sched_setattr", "sched_getaffinity", "sched_setaffinity", "ioprio_set",
                     "set_mempolicy", "personality"), (EPERM, errno.ENOSYS)),
}
# They do not fail, or what then happens is the sanitizer's affair: memory is what tests/faults/memory is about.
NEVER = {"getpid", "gettid", "getuid", "rt_sigprocmask",
         "rt_sigpending", "rt_sigtimedwait", "rt_sigaction", "rt_sigreturn", "setfsuid", "setfsgid", "umask",
         "arch_prctl", "set_tid_address", "exit", "exit_group", "getrandom", "clock_gettime", "restart_syscall"}
# A user can cause these: never a way out of the sandbox.
BY_USERS = {EAGAIN, ENOMEM, ENOSPC, errno.EDQUOT, EMFILE, EIO, EINTR, EPERM, errno.ESRCH, errno.ETIMEDOUT, errno.ENOLCK}


class Wrong(Exception):
    """What a user or an admin would call a bug."""


def faults(calls, every):
    """[(call, errno)]: all that each call may fail with; or, of every so many calls, one of them in turn."""
    fallible = [call for call in of_the_module(calls) if call.name not in NEVER]
    unknown = {call.name for call in fallible} - set(ERRORS)
    assert not unknown, f"what may these fail with? (ERRORS, NEVER): {unknown}"
    if every == 1:
        return [(call, number) for call in fallible for number in ERRORS[call.name]]
    chosen = enumerate(fallible[::every])
    return [(call, ERRORS[call.name][turn % len(ERRORS[call.name])]) for turn, call in chosen]


def words(call, number):
    return f"{call.at} {'late' if call.name == 'close' else 'error'} {number}"


def describe(call, number):
    return f"{call} = {errno.errorcode[number]}"


def require(condition, what):
    if not condition:
        raise Wrong(what)


class Judge:
    """Knows what a good login looks like, and compares."""

    def __init__(self, machine, logins, user, words=""):
        self.machine, self.logins, self.user = machine, logins, user
        logins.run(user, words)  # it makes what later ones find, such as the folder of a guest
        # The shortest of some: what there is to be waited for now and then is no call of every login.
        self.good = min((logins.run(user, f"{words} trace") for _ in range(5)), key=lambda outcome: len(outcome.calls))
        self.machine.log.take()
        require(self.good.opened == 0 and self.good.closed == 0 and self.good.fork, "\n".join(self.good.lines[-60:]))
        self.before = logins.now() if words else logins.before()
        self.logged = []  # by the login that was judged last
        self.host_differs = False  # then whoever is not confined sees that
        self.words = words  # of the next login
        self.any_pid = bool(words)  # its processes are numbered on

    def confined(self, outcome):
        """True in a sandbox, False with quotas alone. Anything between is wrong."""
        private = {name for name, link in outcome.namespaces.items() if link != self.good.home[name]}
        wanted = {name for name, link in self.good.namespaces.items() if link != self.good.home[name]}
        if private == wanted:
            lacking = {line for line in set(self.good.view) - set(outcome.view) if not line.startswith(MAY_LACK)}
            different = {line for line in lacking | set(outcome.view) - set(self.good.view)
                         if not (self.any_pid and line.startswith("view pid "))}
            require(not different or self.host_differs and not wanted,
                    f"a session of another kind: {sorted(different)[:6]}")
            return bool(wanted)
        require(not private, f"private are {private} only")
        return False

    def kind(self, outcome):
        if "nofork" in outcome.lines or not outcome.namespaces:
            return "ended"  # nothing of the user's can be born there
        # What a session may be without: its view. Never its quotas.
        require(outcome.limits == self.good.limits, f"limits of another kind: {outcome.limits}")
        return "sandbox" if self.confined(outcome) else "host"

    def judge(self, outcome, closing=False, logged=True):
        """Raises Wrong; returns a word for the table. CLOSING: the fault may keep the opener where it is.
        LOGGED: a denial's reason must be in the log."""
        require(not outcome.hung, "it hangs")
        require(outcome.ended.get("opener") == "exit 0", f"the opener ended: {outcome.ended} {outcome.report[-3000:]}")
        require(outcome.ended.get("init") in (None, "exit 0", "exit 1", "signal 9"), f"session-init {outcome.ended}")
        require("pam_carrel.so" not in outcome.report and "leaks 1" not in outcome.lines, outcome.report[-4000:])
        lines = self.logged = self.machine.log.take()
        reason = any("is denied a session: " in line for line in lines)
        if outcome.opened and not reason and any(": PAM " in line for line in lines):
            return "libpam"  # it has not called the module, or has failed after it: an opener would end now
        if not closing:
            require(outcome.fork, "the opener cannot fork any more")
            different = set(outcome.back) ^ set(self.good.back)
            require(not different, f"the opener is not what it was: {sorted(different)}")
        if outcome.opened == 0:
            return self.kind(outcome)
        require(outcome.opened is not None and not outcome.view, "neither open nor denied")
        require(reason or not logged, f"no reason in {lines}")
        require(any(line.startswith("said 3 carrel: ") for line in outcome.said), "the user is not told")
        return "denied"

    def clear(self):
        """After a Wrong: whatever it left must not be blamed on the next."""
        with contextlib.suppress(Wrong):
            self.tidied(2)

    def tidied(self, patience):
        """Who has tidied up, once all of a login has ended; PATIENCE: how long nobody else need."""
        left = self.logins.left(self.before, patience)
        if not left:
            return "itself"
        again = self.logins.run(self.user, self.words)
        require(again.opened == 0 and self.kind(again) == self.kind(self.good),
                f"the next login fails: {again.lines[-20:]}")
        self.machine.log.take()
        still = self.logins.left(self.before, 3)
        if not still:
            return "next login"
        told = self.machine.carrel("gc")
        still = self.logins.left(self.before, 2)
        require(not still, f"left behind, also by carrel gc ({told}): {still[:10]}")
        return "gc"


def table(rows):
    """Lines of a table whose first line is its head."""
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(str(cell).ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def name_of(number):
    return errno.errorcode.get(number, os.strerror(number))
