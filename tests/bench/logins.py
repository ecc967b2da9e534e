# SPDX-License-Identifier: MIT
"""Logins by ssh to two real sshd, one with carrel in its PAM stack and one without."""
import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

from native import host

from samples import PROGRAMS, USER, need, percentile

FOLDER = Path("/run/native/ssh")
NAMES = {"plain": "carrel-bench-plain", "carrel": "carrel-bench-login"}
WARM_UP = 3


def make_keys():
    FOLDER.mkdir()
    for name in ("host", USER):
        subprocess.run([need("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", FOLDER / name], check=True)
    shutil.copy(FOLDER / f"{USER}.pub", FOLDER / "authorized_keys")
    os.chmod(FOLDER, 0o755)


def pam_stack(name):
    """The distribution's own stack for sshd, and carrel at its end."""
    text = Path("/etc/pam.d/sshd").read_text(encoding="utf-8")
    if name == "carrel":
        text += f"account required {host.MODULE}\nsession required {host.MODULE}\n"
    Path("/etc/pam.d", NAMES[name]).write_text(text, encoding="utf-8")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def sshd_options(sshd, name, port):
    options = [f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {FOLDER}/host", "UsePAM yes", "PidFile none",
               f"AuthorizedKeysFile {FOLDER}/authorized_keys", "MaxStartups 1000", "UseDNS no", "StrictModes no",
               "PasswordAuthentication no", "LogLevel ERROR"]
    version = re.search(r"OpenSSH_(\d+)\.(\d+)", subprocess.run(
        [sshd, "-V"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False).stderr)
    # Since then sshd is several programs, and the service is not named as its file is.
    if version and tuple(map(int, version.groups())) >= (9, 8):
        options.append(f"PAMServiceName {NAMES[name]}")
    config = FOLDER / f"{name}.conf"
    config.write_text("\n".join(options) + "\n", encoding="ascii")
    return ["-D", "-e", "-f", str(config)]


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as connection:
        return connection.recv(4) == b"SSH-"
    return False


@contextlib.contextmanager
def sshd(name):
    """Yields the port; sshd's PAM service is the name of its file."""
    binary = PROGRAMS / NAMES[name]
    shutil.copy(need("sshd"), binary)
    pam_stack(name)
    port = free_port()
    with open(FOLDER / f"{name}.log", "wb") as said, \
            subprocess.Popen([binary, *sshd_options(binary, name, port)], stdin=subprocess.DEVNULL,
                             stderr=said) as server:
        try:
            host.until(lambda: answers(port), 10, f"sshd answers on port {port}")
            yield port
        finally:
            server.terminate()


def login(port, command="true"):
    """(milliseconds, output) of one login."""
    options = ("StrictHostKeyChecking=no", "BatchMode=yes", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR")
    argv = [need("ssh"), "-F", "none", "-i", f"{FOLDER}/{USER}", "-p", str(port),
            *(word for option in options for word in ("-o", option)), f"{USER}@127.0.0.1", command]
    start = time.perf_counter()
    result = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    return (time.perf_counter() - start) * 1000, result.stdout


def against_plain(result, rounds):
    result.line("ssh login, `true`, logout")
    make_keys()
    found = {"plain": [], "carrel": []}
    with sshd("plain") as plain, sshd("carrel") as carrel:
        ports = {"plain": plain, "carrel": carrel}
        inits = {name: login(port, "cat /proc/1/comm")[1] for name, port in ports.items()}
        assert inits["carrel"] == "session-init\n" != inits["plain"], inits
        for index in range(-WARM_UP, rounds):
            for name in sorted(ports, reverse=bool(index % 2)):
                milliseconds, _output = login(ports[name])
                if index >= 0:
                    found[name].append(milliseconds)
    for name, values in found.items():
        result.timing(f"login, {name}", sorted(values))
    plain, carrel = (percentile(sorted(found[name]), 50) for name in ("plain", "carrel"))
    result.set("login_plain_p50_ms", plain)
    result.set("login_p50_ms", carrel)
    result.set("login_p50_over_plain", carrel / plain)
