# SPDX-License-Identifier: MIT
"""Real guests in a native host: carrel's own image, started by guest-launch, emulated by this machine's QEMU.

    with guests.store():                        the host has a /var/lib/carrel, with the image debian-13
        guests.template("memory = 384M\\n…")
        guests.carrel("guest", "start", "alice")
        guests.ssh("alice", "id")
"""
import contextlib
import ctypes
import json
import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

from harness import cache, guest_image

from . import lab, mounts
from .syscalls import MNT_DETACH, MS_BIND, mount, umount

STATE = Path("/var/lib/carrel")
RUN = Path("/run/carrel/guests")
COMMAND = "/usr/libexec/carrel/carrel"
QEMU = Path("/usr/bin/qemu-system-x86_64")
DATA = Path("/usr/share/qemu")
POLICY = ("[match]\nuser = alice, bob\n[session]\nmode = guest\n[guest]\ntemplate = small\n"
          "[cgroup]\nmemory.max = 1G\npids.max = 300\n")
TEMPLATE = "[template]\nimage = debian-13\nmemory = 320M\nvcpus = 1\nemulation = allow\ndisk = 3G\n"
SHM_KEY = 0x6361727
# What the root of a jail has, and what of it is not read-only.
DEVICES = "/dev/(null|urandom|kvm)"
LIBRARY = r"/(usr/)?lib\w*/(\w+-linux-gnu/)?(lib[\w+.-]+\.so[\d.]*|ld-linux-[\w-]+\.so\.2)"
MODULE = r"/usr/lib/\w+-linux-gnu/qemu/[\w-]+\.so"
# For a boot under emulation on a machine that does other things as well.
BOOT = 300
# No test takes as long.
STALE = 7200


@contextlib.contextmanager
def store():
    """The image is shared with all other runs, read-only as it is; guests are the host's own."""
    image = guest_image.path()
    digest = (image.parent / "digest").read_text(encoding="ascii")
    for old in cache.folder().glob("guests-*"):  # of a test that was killed
        if time.time() - old.stat().st_mtime > STALE:
            shutil.rmtree(old, ignore_errors=True)
    folder = cache.folder() / f"guests-{os.getpid()}-{os.stat('/proc/self/ns/pid').st_ino}"
    shutil.rmtree(folder, ignore_errors=True)  # of one that was killed, and had the same numbers
    (folder / "images" / digest).mkdir(mode=0o755, parents=True)
    os.chmod(folder, 0o755)
    os.chmod(folder / "images", 0o755)
    for name in os.listdir(image):
        os.link(image / name, folder / "images" / digest / name)
    (folder / "images/debian-13").symlink_to(digest)
    STATE.mkdir(mode=0o755, exist_ok=True)
    mount(folder, STATE, None, MS_BIND)
    Path("/etc/carrel/templates.d").mkdir(exist_ok=True)
    try:
        yield digest
    finally:
        umount(STATE, MNT_DETACH)  # a guest that a failed test left may hold it
        shutil.rmtree(folder)


def template(text="", name="small"):
    """TEXT's lines replace those of the same keys."""
    lines = dict(line.split(" = ") for line in TEMPLATE.splitlines()[1:])
    lines.update(line.split(" = ") for line in text.splitlines())
    Path("/etc/carrel/templates.d", f"{name}.ini").write_text(
        "[template]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items()), encoding="ascii")


@contextlib.contextmanager
def quick():
    """Guests that are there at once: qemu.c is this host's QEMU, and qemu.py the rest of it."""
    program = Path("/run/native/qemu")
    source = Path(__file__).with_name("qemu.c")
    # What of QEMU's own is in its jail, and so in reach from any network namespace.
    server_path = DATA / "server"
    subprocess.run(["gcc", "-static", "-O1", "-D_GNU_SOURCE", f'-DSERVER="{server_path}"', f"-DSHM_KEY={SHM_KEY}", "-o",
                    program, source], check=True)
    mount(program, QEMU, None, MS_BIND)
    mounts.tmpfs(DATA, 0o755)
    libc = ctypes.CDLL(None)
    memory = libc.shmget(SHM_KEY, 4096, 0o1666)  # IPC_CREAT, and anybody's
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(server_path))
        os.chmod(server_path, 0o777)
        listener.listen()
        with subprocess.Popen(["/usr/bin/python3", "-I", source.with_suffix(".py")], stdin=listener) as server:
            try:
                yield
            finally:
                server.kill()
                libc.shmctl(memory, 0, None)
                umount(QEMU, MNT_DETACH)
                umount(DATA, MNT_DETACH)
                program.unlink()
                for path in Path("/tmp").glob("guest-saw-*"):
                    path.unlink()


def as_user(uid, *groups):
    """Options of run() and start() for somebody else than root."""
    return {"user": uid, "group": uid, "extra_groups": groups}


def start(*words, **options):
    """The running command, for who does not wait."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True,
               **options}
    return subprocess.Popen([COMMAND, *words], **options)


def run(*words, timeout=BOOT, **options):
    """carrel WORDS, whatever it exits with."""
    with start(*words, **options) as process:
        try:
            output, errors = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            raise
        return subprocess.CompletedProcess(words, process.returncode, output, errors)


def carrel(*words, **options):
    """The output of a command that must succeed."""
    done = run(*words, **options)
    assert done.returncode == 0, done
    return done.stdout


def refused(code, *words, **options):
    """What a command that must exit with CODE says."""
    done = run(*words, **options)
    assert done.returncode == code, done
    return done.stderr


def ssh(user, command, timeout=120, check=True):
    """The output of COMMAND in the guest of USER."""
    done = run("guest", "ssh", user, "--", command, timeout=timeout)
    assert done.returncode == 0 or not check, done
    return done.stdout if check else done


def record(uid=1001):
    """The guest's state; None: there is none."""
    with contextlib.suppress(OSError):
        return json.loads((RUN / str(uid) / "state").read_text(encoding="ascii"))
    return None


def out_of_reach(pid):
    """Another process of the same user gets at nothing of it, and cannot hold it in its death by tracing it."""
    script = ("import os, sys\n"
              "for name in ('mem', 'environ', 'fd/0', 'root'):\n"
              "    try:\n"
              "        path = f'/proc/{sys.argv[1]}/{name}'\n"
              "        print(name, os.readlink(path) if name in ('fd/0', 'root') else open(path, 'rb'))\n"
              "    except PermissionError:\n"
              "        pass\n")
    done = subprocess.run(["/usr/bin/python3", "-I", "-c", script, str(pid)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, cwd="/", timeout=30, check=False,
                          **as_user(os.stat(f"/proc/{pid}").st_uid))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), done


def alone(pid, files, network=False):
    """A process in a jail is its user and nothing more, and has nothing of the host in reach but libraries and FILES.
    NETWORK: nor of its network."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    status = {name: text.split() for name, _, text in (line.partition(":") for line in lines)}
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[name][0], 16) == 0, (name, status[name])
    assert status["NoNewPrivs"] == ["1"] and status["Seccomp"] == ["2"] and status["Groups"] == [], status
    assert status["NSpid"] == [str(pid), "1"] and status["Uid"] == [str(os.stat(f"/proc/{pid}").st_uid)] * 4, status
    out_of_reach(pid)
    for name in ("mnt", "pid", "ipc") + ("net",) * network:
        assert os.readlink(f"/proc/{pid}/ns/{name}") != os.readlink(f"/proc/self/ns/{name}"), name
    root = f"/proc/{pid}/root"
    for folder, folders, names in os.walk(root):
        if folder == root and "proc" in folders:
            folders.remove("proc")
        for path in (os.path.join(folder, name)[len(root):] for name in names):
            assert re.fullmatch(f"{files}|{LIBRARY}|{DEVICES}", path), f"{path} is in the jail"
    for line in Path(f"/proc/{pid}/mountinfo").read_text(encoding="ascii").splitlines():
        _, _, _, _, place, options, *_ = line.split()
        writable = "ro" not in options.split(",")
        assert re.fullmatch(DEVICES, place) if writable else "nosuid" in options, line


def jailed(pid):
    """QEMU, with what it consists of."""
    alone(pid, files=f"/usr/bin/qemu-system-x86_64|/usr/share/(qemu|seabios)/.*|/usr/(lib|share)/ipxe/.*|{MODULE}")
    assert {name for name in os.listdir(f"/proc/{pid}/root/proc") if name.isdigit()} == {"1"}


def left(uid="*"):
    """What there is of guests: processes, and files besides locks."""
    found = [name for name in lab.comms() if name.startswith(("qemu-", "guest-launch", "ssh"))]
    return found + [str(path) for path in RUN.glob(f"{uid}/*") if path.name != "lock"]


def all_gone(seconds=10):
    """Who asked for a stop is told when all is tidied up, a moment before the supervisor itself has ended."""
    lab.until(lambda: not left(), seconds, "nothing of the guests is left")


@contextlib.contextmanager
def begun(user="alice", uid=1001):
    """A guest that has begun to boot: its record, and the command that waits for it. Ended as an admin would."""
    last = (record(uid) or {}).get("pid")  # of one that was killed
    with start("guest", "start", user) as command:
        lab.until(lambda: command.poll() is not None or (record(uid) or {}).get("pid") not in (None, 0, last), 30,
                   "QEMU has been started")
        now = record(uid)
        assert command.poll() is None and now["state"] == "starting", (now, command.communicate())
        yield now, command
        run("guest", "stop", user)
        command.communicate(timeout=60)
    lab.until(lambda: not left(uid), 30, f"all is gone: {left(uid)}")
