# SPDX-License-Identifier: MIT
"""Runs QEMU 10 out of the Debian 13 root, without chroot or mounts: its own loader and libraries."""
import json
import os
import socket
import subprocess
from pathlib import Path

from . import cache
from .output import HarnessError, say

APPEND = ("console=ttyS0 root=/dev/vda rw quiet systemd.show_status=no mitigations=off net.ifnames=0 "
          "panic=-1 oops=panic")


def accelerator():
    """("kvm" or "tcg", why). /dev/kvm alone is not enough: PVM offers it and boots no stock kernel."""
    if os.environ.get("CARREL_ACCEL"):
        return os.environ["CARREL_ACCEL"], "CARREL_ACCEL"
    try:
        os.close(os.open("/dev/kvm", os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        return "tcg", f"/dev/kvm: {error.strerror}"
    flags = next((line for line in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
                  if line.startswith("flags")), "").split()
    if {"svm", "vmx"} & set(flags):
        return "kvm", "/dev/kvm"
    return "tcg", "/dev/kvm opens, but the CPU has neither svm nor vmx"


def memory_mib():
    """4 GiB for a host, or half of what a smaller machine has free."""
    asked = os.environ.get("CARREL_VM_MEMORY")
    if asked:
        return int(asked)
    with open("/proc/meminfo", encoding="ascii") as lines:
        free = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable")) // 1024
    if free < 3000:
        raise HarnessError(f"{free} MiB of memory are free: a test host needs half of 3000 at least",
                           "free memory, or set CARREL_VM_MEMORY (MiB)")
    return min(4096, free // 2)


def program(root):
    """QEMU's command, started through the loader of the root it was installed in."""
    libraries = root / "usr/lib/x86_64-linux-gnu"
    argv = [root / "usr/lib64/ld-linux-x86-64.so.2", "--library-path", f"{libraries}:{libraries}/pulseaudio",
            root / "usr/bin/qemu-system-x86_64"]
    for folder in ("usr/share/qemu", "usr/share/seabios"):
        argv += ["-L", root / folder]
    return [str(word) for word in argv]


def command(image, qemu_root, run_folder, port, accel, guests=None):
    acceleration = ["-accel", "kvm", "-cpu", "host"]
    if accel == "tcg":
        acceleration = ["-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max,+svm"]
    drives = []
    for disk in (image.disk, image.scratch):
        drives += ["-drive", f"file={disk},format=raw,if=virtio,cache=unsafe,snapshot=on"]
    if guests:
        drives += ["-drive", f"file={guests},format=raw,if=virtio,readonly=on"]
    return program(qemu_root) + acceleration + drives + [
        # Without what no server needs: each device costs boot time for its driver.
        "-M", "q35,sata=off,smbus=off,i8042=off", "-smp", "2", "-m", str(memory_mib()), "-nodefaults", "-no-user-config", "-nographic",
        "-no-reboot", "-serial", f"file:{run_folder}/console.log",
        "-qmp", f"unix:{run_folder}/qmp,server=on,wait=off",
        "-kernel", str(image.kernel), "-initrd", str(image.initrd), "-append", APPEND,
        "-netdev", f"user,id=n0,hostfwd=tcp:127.0.0.1:{port}-:22",
        "-device", "virtio-net-pci,netdev=n0,romfile=", "-device", "virtio-rng-pci"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(image, qemu_root, run_folder, guests=None):
    """(Popen, port, accel). GUESTS: a disk with guest images. A session of its own: Ctrl-C goes to the harness, which then stops it."""
    accel, why = accelerator()
    say(f"Debian {image.release} host: {accel.upper()} ({why})")
    for _ in range(3):
        port = free_port()
        with open(run_folder / "qemu.log", "wb") as log:
            process = subprocess.Popen(command(image, qemu_root, run_folder, port, accel, guests),
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                       # What guests write to their snapshots: not to a /tmp in memory.
                                       env={**os.environ, "TMPDIR": str(cache.folder())})
        try:
            process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return process, port, accel
        text = (run_folder / "qemu.log").read_text(errors="replace").strip()
        if "host forwarding" not in text:  # else somebody took the port meanwhile: another one
            break
    raise HarnessError(f"QEMU ended at once ({process.returncode}): {text or 'no message'}",
                       "look at the message; CARREL_ACCEL=tcg rules out KVM")


def qmp(run_folder, execute, event=None, timeout=30, **arguments):
    """One QMP command; returns once it has answered and, where one is named, told of the EVENT."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(timeout)
        link.connect(str(run_folder / "qmp"))
        stream = link.makefile("rw", encoding="utf-8")
        stream.readline()
        for command in ({"execute": "qmp_capabilities"}, {"execute": execute, "arguments": arguments}):
            stream.write(json.dumps(command) + "\n")
            stream.flush()
            told, answer = set(), {}
            while not {"return", "error"} & answer.keys():
                answer = json.loads(stream.readline())
                told.add(answer.get("event"))
        if "error" in answer:
            raise HarnessError(f"QEMU: {execute}: {answer['error'].get('desc')}")
        while event and event not in told:
            told.add(json.loads(stream.readline()).get("event"))
