# SPDX-License-Identifier: MIT
"""Guest images of the product's own making, without touching this machine's /var/lib/carrel.

    folder = guest_image.path()     with disk, vmlinuz, initrd and image.json of debian-13, built once a recipe

    guest_image.disk()      a file system with images/debian-13, for a test host (`needs: guest-image`)

    store = guest_image.Store(temporary_folder)     a /var/lib/carrel of a test's own
    store.carrel("image", "list")                   runs carrel there
"""
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from native import mounts
from native.syscalls import MS_BIND, NEWNS, mount, unshare

from . import cache
from .output import HarnessError, step

STATE = Path("/var/lib/carrel")
RECIPES = Path("/etc/carrel/recipes.d")
CARREL = Path(os.environ.get("CARREL_BUILD") or cache.TREE / "build") / "carrel"
TOOLS = {"/usr/bin/mmdebstrap": "mmdebstrap", "/sbin/mke2fs": "e2fsprogs", "/usr/bin/cpio": "cpio"}
# The files of guest/image that decide what is in an image.
PARTS = ("build.c", "debian.sh", "mirrors.c", "run.c", "store.c")


class Store:
    """FOLDER stands for /var/lib/carrel, or with SIZE ("8m") a tmpfs that ends with each command; and RECIPES for
    /etc/carrel/recipes.d."""

    def __init__(self, folder, size=None, recipes=None):
        self.folder, self.size, self.recipes = Path(folder), size, recipes and Path(recipes)
        self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        os.chmod(self.folder, 0o755)
        self.images = self.folder / "images"
        self.made = []  # places for mounts

    def _enter(self):
        unshare(NEWNS)
        mounts.own_root()
        if self.size:
            mount("images", STATE, "tmpfs", 0, f"mode=755,size={self.size}")
        else:
            mount(self.folder, STATE, None, MS_BIND)
        if self.recipes:
            mount(self.recipes, RECIPES, None, MS_BIND)

    def popen(self, *argv, **options):
        # There on every machine that carrel runs on; a mount needs a place.
        STATE.mkdir(mode=0o755, exist_ok=True)
        if self.recipes:
            self.made = [path for path in (RECIPES.parent, RECIPES) if not path.exists()] + self.made
            RECIPES.mkdir(mode=0o755, parents=True, exist_ok=True)
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True,
                   **options}
        # No threads here, and the namespace has to be there before carrel is.
        # pylint: disable-next=subprocess-popen-preexec-fn
        return subprocess.Popen([str(word) for word in argv], preexec_fn=self._enter, **options)

    def run(self, *argv, timeout=60, **options):
        with self.popen(*argv, **options) as process:
            try:
                output, errors = process.communicate(timeout=timeout)
            except BaseException:
                process.kill()
                raise
            return subprocess.CompletedProcess(argv, process.returncode, output, errors)

    def close(self):
        """Removes the places that mounts needed."""
        for path in reversed(self.made):
            path.rmdir()
        self.made = []

    def carrel(self, *words, **options):
        return self.run(CARREL, *words, **options)


def key():
    """Of all that goes into an image."""
    digest = hashlib.sha256()
    folder = cache.TREE / "guest"
    for source in [*(folder / f"image/{name}" for name in PARTS), *sorted(folder.glob("init/*.c"))]:
        digest.update(str(source.relative_to(cache.TREE)).encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def check_machine():
    if os.geteuid() != 0:
        raise HarnessError("building a guest image needs root", "run as root, or with sudo")
    missing = [package for tool, package in TOOLS.items() if not os.path.exists(tool)]
    if missing:
        raise HarnessError(f"missing on this machine: {', '.join(missing)}", "make deps")
    if not CARREL.exists():
        raise HarnessError(f"{CARREL} is missing", "make")


def build(folder):
    check_machine()
    cache.need_space(3)
    store = Store(folder / "state")
    with step("guest image: carrel image build debian-13"):
        done = store.carrel("image", "build", "debian-13", timeout=900)
    if done.returncode:
        raise HarnessError(f"carrel image build debian-13: exit {done.returncode}\n{done.stderr[-3000:]}")
    made = (store.images / "debian-13").resolve()
    (folder / "digest").write_text(made.name, encoding="ascii")
    made.rename(folder / "image")
    shutil.rmtree(store.folder)
    os.chmod(folder, 0o755)


def path():
    """The folder of the image; its digest is beside it, in ../digest."""
    return cache.keyed("guest-image", key(), build) / "image"


def make_disk(folder):
    with tempfile.TemporaryDirectory(prefix="staged-", dir=folder) as staged:
        os.chmod(staged, 0o755)
        install(staged)
        subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext4", "-m", "0", "-O", "^has_journal", "-d", staged,
                        folder / "disk", "2G"], check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)


def disk():
    """A file system for a host that its own `carrel image` never changes, made once an image."""
    return cache.keyed("guest-disk", key(), make_disk) / "disk"


def install(state):
    """Puts the image below the folder STATE, another's /var/lib/carrel, as `carrel image build` leaves it."""
    image = path()
    digest = (image.parent / "digest").read_text(encoding="ascii")
    images = Path(state) / "images"
    images.mkdir(mode=0o755, parents=True, exist_ok=True)
    # cp: it knows holes, and references where the file system does.
    subprocess.run(["cp", "-a", "--sparse=always", "--reflink=auto", image, images / digest], check=True)
    (images / "debian-13").symlink_to(digest)
