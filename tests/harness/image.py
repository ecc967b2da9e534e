# SPDX-License-Identifier: MIT
"""Makes the root folder and the disk of a test host. Part of the recipe: an edit makes a new image."""
import os
import shutil
import subprocess
from pathlib import Path

from . import cache, initrd, recipe
from .output import HarnessError, step

TOOLS = {"mmdebstrap": "mmdebstrap", "mke2fs": "e2fsprogs", "ssh-keygen": "openssh-client"}
ROOT_SIZE = "4G"
SCRATCH_SIZE = "512M"


class Image:
    """A finished image: root (unpacked, for building and for QEMU itself), disks, kernel, keys."""

    def __init__(self, path, release):
        self.path, self.release = path, release
        self.root = path / "root"
        self.disk, self.scratch = path / "disk.img", path / "scratch.img"
        self.kernel, self.initrd = path / "vmlinuz", path / "initrd"
        self.key, self.host_key = path / "keys/id_ed25519", path / "keys/ssh_host_ed25519_key.pub"


def ensure(release):
    """The image of Debian RELEASE, made first if this recipe's does not exist (1 to 3 minutes)."""
    if release not in recipe.SUITES:
        raise HarnessError(f"Debian {release}: no such test host", f"use one of {', '.join(recipe.SUITES)}")
    path = cache.keyed(f"debian{release}", recipe.key(release), lambda part: build(part, release))
    return Image(path, release)


def build(path, release):
    check_machine()
    cache.need_space(6)
    os.chmod(path, 0o755)
    make_keys(path / "keys")
    with step(f"Debian {release}: installing {len(recipe.packages(release))} packages into a new root"):
        make_root(path / "root", release)
    with step(f"Debian {release}: accounts, keys and disk image"):
        run([recipe.HOSTS / "customize", path / "root", path / "keys"])
        make_disks(path)


def check_machine():
    if os.geteuid() != 0:
        raise HarnessError("making a test host's root needs root", "run as root, or with sudo")
    missing = [package for tool, package in TOOLS.items() if not shutil.which(tool)]
    if missing:
        raise HarnessError(f"missing on this machine: {', '.join(missing)}", "make deps")
    if not Path("/proc/self/stat").exists():
        raise HarnessError("/proc is not mounted", "mount -t proc proc /proc")
    if not Path("/dev/null").is_char_device():
        raise HarnessError("/dev/null is not a device", "mount -t devtmpfs dev /dev")


def run(argv, **options):
    argv = [str(word) for word in argv]
    result = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, check=False, **options)
    if result.returncode:
        tail = "\n".join(result.stdout.splitlines()[-25:])
        raise HarnessError(f"{argv[0]} failed ({result.returncode}):\n{tail}", remedy_for(result.stdout))
    return result.stdout


def remedy_for(text):
    if "Unable to locate package" in text or "has no installation candidate" in text:
        return "apt-get update, and look at the machine's apt sources"
    if "Could not resolve" in text or "Failed to fetch" in text or "Could not connect" in text:
        return "the Debian mirror is out of reach: try again, or look at the machine's apt sources"
    if "No space left" in text:
        return "set CARREL_CACHE to a folder on a larger disk"
    return ""


def make_keys(path):
    path.mkdir()
    for name in ("id_ed25519", "ssh_host_ed25519_key"):
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "carrel-tests", "-f", path / name])


def mirrors(suite, pockets=("", "updates", "security")):
    """The machine's own Debian mirror for SUITE; none, and mmdebstrap's default, on other systems."""
    listing = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout
    found = {}
    for line in listing.splitlines():
        uri, _, release = line.partition(" ")
        codename, _, pocket = release.partition("-")
        if codename in recipe.SUITES.values() and pocket in pockets:
            found.setdefault(release.replace(codename, suite), uri)
    if suite not in found:
        return []
    return [f"deb {uri} {name} main" for name, uri in found.items()]


def make_root(root, release):
    suite = recipe.SUITES[release]
    copies = " && ".join(f"cp -R '{overlay}/.' \"$1\"" for overlay in recipe.overlays(release))
    argv = ["mmdebstrap", "--mode=root", "--variant=minbase", f"--include={','.join(recipe.packages(release))}",
            f"--essential-hook={copies}", "--aptopt=Acquire::Retries \"3\"", "--dpkgopt=force-unsafe-io"]
    # What is not released has one pocket.
    pockets = ("", "updates", "security")
    if release in recipe.TESTING:
        argv.append('--aptopt=Acquire::Check-Valid-Until "false"')
        pockets = ("",)
    argv += [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale", "info")]
    # apt drops its privileges: a TMPDIR that only root can enter breaks it.
    environment = {**os.environ, "TMPDIR": "/tmp", "LC_ALL": "C.UTF-8"}
    run(argv + [suite, str(root)] + mirrors(suite, pockets), env=environment)


def make_disks(path):
    kernels = sorted((path / "root/boot").glob("vmlinuz-*"))
    if not kernels:
        raise HarnessError("the new root has no kernel in /boot")
    shutil.copy(kernels[-1], path / "vmlinuz")
    initrd.build(path / "root", path / "initrd")
    run(["mke2fs", "-q", "-t", "ext4", "-d", path / "root", path / "disk.img", ROOT_SIZE])
    run(["mke2fs", "-q", "-t", "ext4", "-L", "scratch", path / "scratch.img", SCRATCH_SIZE])
