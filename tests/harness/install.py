# SPDX-License-Identifier: MIT
"""Builds the tree inside the root of a test host's release (libiniparser's soname differs between Debian 12
and 13), and installs the result in a running host."""
import contextlib
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from . import cache
from . import image as images
from .output import HarnessError, step

# Made by builds and tools, never sources. `build` above all: the machine's own objects do not fit the root.
SKIP = {".git", "build", "__pycache__"}
BUILD_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def sources(tree):
    """{relative path: stat} of the tree's files and links."""
    found = {}
    for folder, names, files in os.walk(tree):
        names[:] = [name for name in names if name not in SKIP]
        for name in files:
            path = Path(folder, name)
            found[path.relative_to(tree)] = path.lstat()
    return found


def synchronise(tree, copy):
    """Makes COPY like TREE but for SKIP; untouched files keep their times, so that make builds little."""
    wanted = sources(tree)
    present = sources(copy) if copy.is_dir() else {}
    for gone in present.keys() - wanted.keys():
        (copy / gone).unlink()
    for path, info in wanted.items():
        old = present.get(path)
        if old and (old.st_mtime_ns, old.st_size, old.st_mode) == (info.st_mtime_ns, info.st_size, info.st_mode):
            continue
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).unlink(missing_ok=True)
        shutil.copy2(tree / path, copy / path, follow_symlinks=False)


class Build:
    """The tree's copy inside the root of a release: its objects stay there from run to run."""

    def __init__(self, release):
        self.release = release
        self.root = images.ensure(release).root
        self.name = hashlib.sha256(str(cache.TREE).encode()).hexdigest()[:12]
        self.inside = f"/src/{self.name}/tree"
        self.copy = self.root / self.inside[1:]

    def make(self, *targets, check=True):
        argv = ["chroot", self.root, "/usr/bin/env", "-i", f"PATH={BUILD_PATH}", "LC_ALL=C.UTF-8", "HOME=/root",
                "make", "-s", "-C", self.inside, *targets]
        result = subprocess.run([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, check=False)
        if check and result.returncode:
            tail = "\n".join(result.stdout.splitlines()[-40:])
            raise HarnessError(f"the build inside Debian {self.release} failed: make {' '.join(targets)}\n{tail}")
        return result

    @contextlib.contextmanager
    def _building(self):
        """The tree is there as it is now, and nobody else builds in it."""
        if not (cache.TREE / "Makefile").exists():
            raise HarnessError(f"{cache.TREE} has no Makefile: nothing to install")
        with cache.lock(f"build{self.release}-{self.name}"), step(f"building carrel inside Debian {self.release}"):
            self.copy.mkdir(parents=True, exist_ok=True)
            synchronise(cache.TREE, self.copy)
            (self.copy.parent / "origin").write_text(f"{cache.TREE}\n")
            self.make(f"-j{os.cpu_count()}", "all")
            yield

    def make_all(self):
        with self._building():
            pass

    def package(self):
        """The built package: a .deb, or a .tar as long as the Makefile has no target `deb`."""
        with self._building():
            if "No rule to make target" in self.make("-n", "deb", check=False).stdout:
                return self._tar()
            for old in self.copy.glob("build/*.deb"):
                old.unlink()
            self.make("deb")
            found = list(self.copy.glob("build/carrel_*.deb"))
            if len(found) != 1:
                raise HarnessError(f"`make deb` made {len(found)} files build/carrel_*.deb: one is expected")
            return found[0]

    def _tar(self):
        staged = self.copy.parent / "staged"
        shutil.rmtree(staged, ignore_errors=True)
        self.make("install", f"DESTDIR=/src/{self.name}/staged")
        archive = self.copy.parent / "carrel.tar"
        images.run(["tar", "-C", staged, "--owner=0", "--group=0", "-cf", archive, "."])
        return archive


def install(host, setup=True):
    """Builds and installs the tree in HOST, wires its PAM stacks, and writes its carrel.ini."""
    package = Build(host.release).package()
    with step(f"installing {package.name} in the Debian {host.release} host"):
        remote = f"/root/{package.name}"
        host.run(f"cat > {remote}", stdin=package.read_bytes(), deadline=60 * host.scale).check()
        if package.suffix == ".deb":
            command = f"DEBIAN_FRONTEND=noninteractive dpkg --force-confnew -i {remote}"
        else:
            command = f"tar -C / --keep-directory-symlink --no-overwrite-dir -xf {remote} && systemctl daemon-reload"
        host.run(f"{command} && rm {remote}", deadline=60 * host.scale).check()
        configure(host, "systemd")
        if setup:
            host.run("carrel setup --yes").check()


def configure(host, manager):
    """The host's carrel.ini: a cgroup manager, and time enough for an emulated machine."""
    deadline = "deadline = 60s\n" if host.accel == "tcg" else ""
    host.write("/etc/carrel/carrel.ini", f"[host]\ncgroup_manager = {manager}\n{deadline}"
               # Its disks are small, and what is tested there is written by few of its guests.
               "[admission]\nguest_disk = max\n")
