# SPDX-License-Identifier: MIT
"""A real sshd on a loopback port of a native host, with a PAM service of its own, and logins to it."""
import contextlib
import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

from . import lab

FOLDER = Path("/run/native/ssh")
# Where sandboxes see it too.
PROGRAMS = Path("/usr/libexec/carrel-sshd")


def need(name):
    """The path of a program; FileNotFoundError where this machine has none."""
    path = shutil.which(name)
    if not path:
        raise FileNotFoundError(f"{name}: no such program here")
    return path


def make_keys(*users):
    FOLDER.mkdir()
    for name in ("host", *users):
        subprocess.run([need("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", FOLDER / name], check=True)
    for user in users:
        shutil.copy(FOLDER / f"{user}.pub", FOLDER / f"{user}.authorized")
    os.chmod(FOLDER, 0o755)


def pam_stack(service, carrel):
    """The distribution's own stack for sshd, and carrel at its end."""
    text = Path("/etc/pam.d/sshd").read_text(encoding="utf-8")
    if carrel:
        text += f"account required {lab.MODULE}\nsession required {lab.MODULE}\n"
    Path("/etc/pam.d", service).write_text(text, encoding="utf-8")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _version(binary):
    said = subprocess.run([binary, "-V"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False).stderr
    return tuple(map(int, re.search(r"OpenSSH_(\d+)\.(\d+)", said).groups()))


def _options(binary, service, port, extra):
    options = [f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {FOLDER}/host", "UsePAM yes", "PidFile none",
               f"AuthorizedKeysFile {FOLDER}/%u.authorized", "MaxStartups 1000", "UseDNS no", "StrictModes no",
               "PasswordAuthentication no", "LogLevel ERROR"]
    # Since then sshd is several programs, and the service is not named as its file is.
    if _version(binary) >= (9, 8):
        options += [f"PAMServiceName {service}", "PerSourcePenalties no"]
    config = FOLDER / f"{service}.conf"
    config.write_text("\n".join([*options, *extra]) + "\n", encoding="ascii")
    return ["-D", "-e", "-f", str(config)]


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as connection:
        return connection.recv(4) == b"SSH-"
    return False


@contextlib.contextmanager
def listening(service, carrel=True, extra=()):
    """Yields the port and sshd's process; sshd's PAM service is the name of its file. EXTRA lines end its
    configuration."""
    PROGRAMS.mkdir(exist_ok=True)
    binary = PROGRAMS / service
    binary.unlink(missing_ok=True)  # an earlier one may still be run
    shutil.copy(need("sshd"), binary)
    pam_stack(service, carrel)
    port = free_port()
    with open(FOLDER / f"{service}.log", "wb") as said, \
            subprocess.Popen([binary, *_options(binary, service, port, extra)], stdin=subprocess.DEVNULL,
                             stderr=said) as server:
        try:
            lab.until(lambda: answers(port), 10, f"sshd answers on port {port}")
            yield port, server
        finally:
            server.terminate()


def copying(port, user):
    """The options of command() for scp and sftp, which call the port otherwise."""
    words = command(port, user)[1:-1]
    words[words.index("-p")] = "-P"
    return words


def command(port, user, *words):
    options = ("StrictHostKeyChecking=no", "BatchMode=yes", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR")
    return [need("ssh"), "-F", "none", "-i", f"{FOLDER}/{user}", "-p", str(port),
            *(word for option in options for word in ("-o", option)), f"{user}@127.0.0.1", *words]
