# SPDX-License-Identifier: MIT
"""A process that opens and closes PAM sessions, as sshd, login or su would: one for each Opener."""
import contextlib
import ctypes
import os
import pickle
import pwd
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from types import SimpleNamespace

SERVICE, USER, TTY, RHOST = 1, 2, 3, 4  # pam_set_item(3)
SUCCESS, ERROR_MSG, TEXT_INFO = 0, 3, 4
LOG_NDELAY, LOG_AUTHPRIV = 8, 10 << 3
PATIENCE = 60
LC_ALL = 6  # setlocale(3)
ADDR_NO_RANDOMIZE, IOPRIO_SET, IDLE_CLASS = 0x0040000, 251, 3
NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "pid_for_children", "time",
              "time_for_children", "user", "uts")
# What a module must leave alone, from proc_pid_status(5).
STATUS = ("Umask", "Uid", "Gid", "Groups", "SigBlk", "SigIgn", "SigCgt", "CapInh", "CapPrm", "CapEff",
          "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp")


class _Message(ctypes.Structure):
    _fields_ = [("style", ctypes.c_int), ("text", ctypes.c_char_p)]


_CONVERSE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.POINTER(_Message)),
                             ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p)


class _Conversation(ctypes.Structure):
    _fields_ = [("converse", _CONVERSE), ("data", ctypes.c_void_p)]


class _Server:
    """Runs in the opener's own process; each method is a command of Opener below."""

    def __init__(self, user, service, items):
        self.pam = ctypes.CDLL("libpam.so.0", mode=ctypes.RTLD_GLOBAL)
        self.libc = ctypes.CDLL(None)
        self.libc.calloc.restype = ctypes.c_void_p
        self.libc.setlocale.restype = ctypes.c_char_p
        # The connection to the log is the process's, and stays: not a descriptor that a module leaves.
        self.libc.openlog(None, LOG_NDELAY, LOG_AUTHPRIV)
        self.handle = ctypes.c_void_p()
        self.said = []
        self.children = {}
        self.account = next((entry for entry in pwd.getpwall() if entry.pw_name == user), None)
        # Once inside, the sandbox's /proc does not show this process, which is not in it.
        self.proc = os.open("/proc/self", os.O_PATH | os.O_CLOEXEC)
        self.conversation = _Conversation(_CONVERSE(self._converse), None)
        os.environ["PATH"] = "/usr/bin:/bin"
        code = self.pam.pam_start(os.fsencode(service), os.fsencode(user), ctypes.byref(self.conversation),
                                  ctypes.byref(self.handle))
        assert code == SUCCESS, f"pam_start: {code}"
        for item, text in items.items():
            assert self.pam.pam_set_item(self.handle, item, os.fsencode(text)) == SUCCESS

    def _converse(self, count, messages, ret_replies, _data):
        self.said += [(messages[i].contents.style, messages[i].contents.text.decode()) for i in range(count)]
        ret_replies[0] = self.libc.calloc(count, 16)
        return SUCCESS

    def open(self):
        return self.pam.pam_open_session(self.handle, 0)

    def close(self):
        return self.pam.pam_close_session(self.handle, 0)

    def close_in_child(self):
        """As systemd's (sd-pam): a child that inherited the handle closes the session. Its exit code, or -SIGNAL where
        it did not outlive that."""
        pid = os.fork()
        if pid == 0:
            os._exit(self.close())
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def account_management(self):
        return self.pam.pam_acct_mgmt(self.handle, 0)

    def end(self):
        return self.pam.pam_end(self.handle, 0)

    def put_environment(self, text):
        """As a PAM module before carrel's would: NAME=VALUE in the environment of the session."""
        return self.pam.pam_putenv(self.handle, os.fsencode(text))

    def environment(self, name):
        """What the session's environment says of NAME; None: nothing."""
        self.pam.pam_getenv.restype = ctypes.c_char_p
        value = self.pam.pam_getenv(self.handle, os.fsencode(name))
        return None if value is None else os.fsdecode(value)

    def nested(self, user, service, *argv):
        """What su or sudo, started by this process as root, does: a session of USER's, in which ARGV runs."""
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            inner = _Server(user, service, {})
            before = inner.look()
            answer = {"open": inner.open(), "run": inner.run(*argv), "look": inner.look(), "before": before,
                      "close": inner.close(), "after": inner.look(), "messages": inner.messages()}
            os.write(writer, pickle.dumps(answer))
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as source:
            answer = source.read()
        os.waitpid(pid, 0)
        return SimpleNamespace(**pickle.loads(answer))

    def messages(self):
        said, self.said = self.said, []
        return said

    def _popen(self, argv, **options):
        options = {"extra_groups": [], **options}
        return subprocess.Popen(argv, stdin=subprocess.DEVNULL, user=self.account.pw_uid, group=self.account.pw_gid,
                                **options)

    def run(self, *argv):
        child = self._popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
        stdout, stderr = child.communicate(timeout=PATIENCE - 5)
        return SimpleNamespace(code=child.returncode, stdout=stdout, stderr=stderr)

    def spawn(self, *argv):
        return self.spawn_in_groups(0, *argv)

    def spawn_in_groups(self, count, *argv):
        """With so many groups besides, as who has subordinate ids may have in a user namespace."""
        child = self._popen(argv, stdout=subprocess.DEVNULL, start_new_session=True,
                            extra_groups=range(100000, 100000 + count))
        self.children[child.pid] = child
        return child.pid

    def wait(self, pid):
        return self.children.pop(pid).wait(PATIENCE - 5)

    def fork_works(self):
        """A plain fork(2), which fails with ENOMEM where children would be born in a dead pid namespace."""
        pid = os.fork()
        if pid == 0:
            os._exit(7)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7

    def thread(self, *names):
        """Carries out commands without arguments in one thread that is not the first one."""
        answers = []
        worker = threading.Thread(target=lambda: answers.extend(getattr(self, name)() for name in names))
        worker.start()
        worker.join(PATIENCE - 5)
        return answers

    def no_new_privs_of_child(self):
        """Whether a child that a plain fork(2) makes of this thread has no_new_privs: 1 or 0."""
        pid = os.fork()
        if pid == 0:
            os._exit(self.libc.prctl(39, 0, 0, 0, 0))
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def monotonic(self):
        return time.monotonic()

    def init_name(self):
        return self.run("cat", "/proc/1/comm").stdout

    def identity(self):
        return self.run("id").stdout

    def exists(self, path):
        return os.path.exists(path)

    def chdir(self, path):
        os.chdir(path)

    def limit_file_size(self, size):
        """As pam_limits does; python itself ignores the signal, which others die of."""
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

    def umask(self, mask):
        os.umask(mask)

    def prepare(self):
        """Makes everything that look() reports differ from what any process starts with."""
        os.umask(0o137)
        os.environ["CARREL_TEST"] = "kept"
        signal.signal(signal.SIGCHLD, lambda *_: self.said.append(("signal", "SIGCHLD")))
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, {signal.SIGUSR2, signal.SIGPIPE})

    def burden(self):
        """All that su inherits from whoever runs it, as they may choose it."""
        os.umask(0o777)
        os.chdir("/tmp")
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
        Path("/proc/self/timerslack_ns").write_text("900000000", encoding="ascii")
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)
        for name, limit in (("CPU", 1000), ("FSIZE", 4096), ("NOFILE", 12), ("CORE", 0), ("SIGPENDING", 10),
                            ("STACK", 1 << 18), ("MEMLOCK", 4096)):
            number = getattr(resource, f"RLIMIT_{name}")
            # The hard ones can only be raised again with CAP_SYS_RESOURCE, which a container's root does not have.
            resource.setrlimit(number, (limit, resource.getrlimit(number)[1]))
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        os.nice(19)
        self.libc.personality(ADDR_NO_RANDOMIZE)
        assert self.libc.syscall(IOPRIO_SET, 1, 0, IDLE_CLASS << 13) == 0

    def slow_down(self):
        """The windows between two steps are as wide as a hog on the same CPU makes them."""
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))

    def set_timer_slack(self, nanoseconds):
        """As prctl(PR_SET_TIMERSLACK), which takes more than its file does."""
        assert self.libc.prctl(29, ctypes.c_ulong(nanoseconds), 0, 0, 0) == 0

    def set_locale(self, name):
        """As su does before anything else, by what its caller's environment says. False: no such locale."""
        return bool(self.libc.setlocale(LC_ALL, name.encode()))

    def called_by(self, uid):
        """As su, which is root's by its set-user-ID bit: the real user is who has called it."""
        os.setresuid(uid, 0, 0)

    def adopt_orphans(self):
        """As prctl(PR_SET_CHILD_SUBREAPER): what would be its host's PID 1's to reap is its own."""
        assert self.libc.prctl(36, 1, 0, 0, 0) == 0

    def reap_any(self):
        """What a program that waits for all its children is told; None: there are none."""
        try:
            return os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return None

    def _read(self, name):
        with os.fdopen(os.open(name, os.O_RDONLY, dir_fd=self.proc)) as source:
            return source.read()

    def status(self):
        """What proc_pid_status(5) says of this process."""
        return self._read("status")

    def _environment(self):
        environ = ctypes.POINTER(ctypes.c_char_p).in_dll(self.libc, "environ")
        index = 0
        while environ[index] is not None:
            yield environ[index]
            index += 1

    def look(self):
        """All that a caller could notice of a module."""
        folder = os.open("fd", os.O_RDONLY | os.O_DIRECTORY, dir_fd=self.proc)
        try:
            numbers = sorted(int(name) for name in os.listdir(folder) if int(name) != folder)
            descriptors = {}
            for number in numbers:
                with contextlib.suppress(OSError):  # that of listdir itself
                    descriptors[number] = (os.readlink(str(number), dir_fd=folder), os.get_inheritable(number))
        finally:
            os.close(folder)
        status = dict(line.split(":", 1) for line in self._read("status").splitlines())
        return {
            "cwd": os.readlink("cwd", dir_fd=self.proc),
            "root": os.readlink("root", dir_fd=self.proc),
            "namespaces": {name: os.readlink(f"ns/{name}", dir_fd=self.proc) for name in NAMESPACES},
            "cgroup": self._read("cgroup"),
            "descriptors": descriptors,
            "status": {name: status[name].strip() for name in STATUS if name in status},
            "limits": self._read("limits"),
            "scheduling": (os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0), os.sched_getaffinity(0),
                           self._read("timerslack_ns")),
            "locale": self.libc.setlocale(LC_ALL, None),
            "environment": list(self._environment()),
            "oom_score_adj": self._read("oom_score_adj"),
        }

    def serve(self, channel):
        while request := channel.recv(1 << 20):
            name, arguments = pickle.loads(request)
            try:
                answer = (True, getattr(self, name)(*arguments))
            except Exception:  # pylint: disable=broad-except  # told to the test
                answer = (False, traceback.format_exc())
            channel.send(pickle.dumps(answer))


class Opener:
    """The test's end: opener.open(), .run("id"), .close() … are carried out by the other process."""

    def __init__(self, user, service="carrel-test", rhost=None, tty=None):
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.user = user
        items = {item: text for item, text in ((RHOST, rhost), (TTY, tty)) if text is not None}
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            self._child(theirs, (user, service, items))
        theirs.close()
        self.channel = mine
        self.channel.settimeout(PATIENCE)
        self.alive = True
        self._answer()

    @staticmethod
    def _child(channel, arguments):
        code = 1
        try:
            os.dup2(channel.fileno(), 3)
            os.closerange(4, 1 << 16)
            channel = socket.socket(fileno=3)
            server = _Server(*arguments)
            channel.send(pickle.dumps((True, None)))
            server.serve(channel)
            code = 0
        except BaseException:  # pylint: disable=broad-except
            traceback.print_exc()
        finally:
            os._exit(code)

    def _answer(self):
        data = self.channel.recv(1 << 20)
        assert data, f"the opener of {self.user} has died"
        good, value = pickle.loads(data)
        assert good, value
        return value

    def ask(self, name, *arguments):
        self.begin(name, *arguments)
        return self._answer()

    def begin(self, name, *arguments):
        """Asks without waiting; finish() is the answer. Several openers so work at the same time."""
        self.channel.send(pickle.dumps((name, arguments)))

    def finish(self):
        return self._answer()

    def __getattr__(self, name):
        if name.startswith("_") or not hasattr(_Server, name):
            raise AttributeError(name)
        return lambda *arguments: self.ask(name, *arguments)

    def kill(self):
        """SIGKILL, as an administrator's kill -9 of sshd's monitor."""
        os.kill(self.pid, signal.SIGKILL)
        self._reap()

    def quit(self):
        """Lets the process end; a session that it has not closed ends with it."""
        if self.alive:
            self.channel.close()
            self._reap()

    def _reap(self):
        os.waitpid(self.pid, 0)
        self.channel.close()
        self.alive = False
