# SPDX-License-Identifier: MIT
"""What a test host consists of. Everything here is part of the image's key: an edit makes a new image."""
import hashlib

from .cache import TREE

SUITES = {"14": "forky", "13": "trixie", "12": "bookworm"}
# Not released: its index may be older than it says it is good for, on a mirror that copies it now and then.
TESTING = {"14"}
HOSTS = TREE / "tests/hosts"

# Kept short: every package costs build time on every new machine.
BOOT = """systemd systemd-sysv dbus libpam-systemd udev kmod linux-image-amd64 busybox-static
          openssh-server openssh-client openssh-sftp-server iproute2 procps login passwd"""
BUILD = """gcc make pkg-config musl-tools libc6-dev linux-libc-dev libpam0g-dev libcap-dev
           libiniparser-dev libsystemd-dev libjansson-dev"""
# pamtester, su, sudo, login, cron, at: callers of PAM besides sshd.
TEST = "python3 pamtester sudo cron at strace libpam-modules libcap2-bin nftables passt"
# What people run in a login.
CLIENTS = "rsync git tmux screen mosh xauth"
# The QEMU 10 of Debian 13 runs all test hosts: 7.2 crashes guests under emulation (DESIGN 9). There it also runs
# the guests, which polkitd lets carrel-admin start; and exim4 runs what a ~/.forward says.
EXTRA = {"14": "sudo-rs initramfs-tools gron", "13": "qemu-system-x86 qemu-utils polkitd exim4-daemon-light", "12": ""}


def packages(release):
    return f"{BOOT} {BUILD} {TEST} {CLIENTS} {EXTRA[release]}".split()


def overlays(release):
    """Folders whose files are copied over the root before the packages are configured."""
    return [HOSTS / "files/common"] + [p for p in [HOSTS / "files" / release] if p.is_dir()]


def key(release):
    digest = hashlib.sha256(release.encode())
    sources = [TREE / "tests/harness" / name for name in ("recipe.py", "image.py", "initrd.py")]
    sources.append(HOSTS / "customize")
    for overlay in overlays(release):
        sources += sorted(p for p in overlay.rglob("*") if p.is_file())
    for source in sources:
        digest.update(str(source.relative_to(TREE)).encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]
