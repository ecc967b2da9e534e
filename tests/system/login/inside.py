# SPDX-License-Identifier: MIT
"""A login whose shell is a python: functions of a test run at its other end.

    with Login("alice") as alice:
        assert alice(os.listdir, "/tmp") == []          a function of a module
        assert alice(own_function, 1, 2) == 3           its source is sent, with the constants that it names;
                                                        it sees the names of AGENT below

What they return must be JSON. Their globals live as long as the login.
"""
import base64
import contextlib
import inspect
import json

from harness import host

AGENT = r'''
import base64, ctypes, errno, json, os, re, shlex, signal, socket, stat, struct, subprocess, sys, threading
import time, traceback
from concurrent.futures import ThreadPoolExecutor

LIBC = ctypes.CDLL(None, use_errno=True)

def libc(name, *arguments):
    """What the C function returns, or the name of the error."""
    function = getattr(LIBC, name)
    function.restype = ctypes.c_long
    result = function(*[word.encode() if isinstance(word, str) else word for word in arguments])
    return result if result >= 0 else errno.errorcode[ctypes.get_errno()]

def attempt(function, *arguments, **options):
    """None where it works, or the name of the error."""
    try:
        function(*arguments, **options)
    except OSError as error:
        return errno.errorcode[error.errno]

def sh(script, deadline=100):
    """[exit code, output] of a shell script."""
    child = subprocess.run(["sh", "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, timeout=deadline)
    return [child.returncode, child.stdout.decode(errors="replace")]

def sh_all(scripts):
    """{script: [exit code, output]}, several at a time."""
    with ThreadPoolExecutor(6) as pool:
        return dict(zip(scripts, pool.map(sh, scripts)))

def start(name):
    """A process in the background that is called NAME; its pid."""
    null = subprocess.DEVNULL  # or it would keep the connection open
    return subprocess.Popen([name, "4711"], executable="/usr/bin/sleep", stdin=null, stdout=null, stderr=null).pid

def read(path):
    with open(path, errors="replace") as source:
        return source.read()

def write(path, text, mode=0o644):
    with open(path, "w") as out:
        out.write(text)
    os.chmod(path, mode)

def listing(path):
    return sorted(os.listdir(path))

def namespaces():
    return {name: os.readlink(f"/proc/self/ns/{name}") for name in os.listdir("/proc/self/ns")}

def numbers(path="/proc"):
    return sorted(int(name) for name in os.listdir(path) if name.isdigit())

for line in iter(sys.stdin.readline, ""):
    source, expression, arguments = json.loads(base64.b64decode(line))
    try:
        exec(source, globals())
        answer = ["ok", eval(expression, globals())(*arguments)]
    except BaseException:
        answer = ["error", traceback.format_exc()]
    print("\x01" + base64.b64encode(json.dumps(answer).encode()).decode() + "\x02", flush=True)
'''


def names(code):
    """What a code object may look up among its globals."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if inspect.iscode(constant):
            found |= names(constant)
    return found


def source_of(function):
    """Its text, and that of the constants that it names."""
    scope = {name: function.__globals__.get(name) for name in sorted(names(function.__code__))}
    lines = [f"{name} = {value!r}" for name, value in scope.items() if isinstance(value, (str, int, tuple, list, dict))]
    return "\n".join([*lines, inspect.getsource(function)])


class Login:
    """USER's login; OPTIONS are those of host.popen()."""

    def __init__(self, user, **options):
        self.user = user
        self.session = host.popen(["python3", "-u", "-c", AGENT], user=user, **options)

    def send(self, source, expression, arguments=()):
        request = json.dumps([source, expression, arguments]).encode()
        self.session.send(base64.b64encode(request).decode())

    def ask(self, source, expression, arguments, deadline=None):
        self.send(source, expression, arguments)
        reply = self.session.expect("\x01(.*)\x02", deadline)[1]
        verdict, value = json.loads(base64.b64decode(reply))
        if verdict != "ok":
            raise AssertionError(f"{self.user}, inside: {value}")
        return value

    def __call__(self, function, *arguments, deadline=None):
        if isinstance(function, str):  # of AGENT
            return self.ask("", function, arguments, deadline)
        if inspect.isbuiltin(function) or function.__module__ != "__main__":
            module = {"posix": "os"}.get(function.__module__, function.__module__)
            return self.ask(f"import {module}", f"{module}.{function.__qualname__}", arguments, deadline)
        return self.ask(source_of(function), function.__name__, arguments, deadline)

    def sh(self, script, deadline=None):
        """(exit code, output) of a shell script."""
        return tuple(self("sh", script, deadline=deadline))

    def close(self):
        assert self.session.close() == 0, self.session.output

    def __enter__(self):
        return self

    def __exit__(self, *arguments):
        self.session.__exit__(*arguments)


def on_host(function, *arguments):
    """The same as root on the host, over the harness's own connection."""
    with Login("root", fresh=False) as root:
        value = root(function, *arguments)
        root.close()
    return value


@contextlib.contextmanager
def afterwards(*commands):
    """Root's COMMANDS, run in the end whatever happens."""
    try:
        yield
    finally:
        for command in commands:
            host.run(command)
