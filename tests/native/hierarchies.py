# SPDX-License-Identifier: MIT
"""A native host's own folder in every cgroup tree of this machine, and its end."""
import contextlib
import os
import time
from collections import namedtuple
from pathlib import Path

# Names end with the run and the process that made them, both as the machine numbers them.
PREFIX = "carrel-native-"
RUN = os.environ.get("CARREL_RUN", "0")
TOP = Path("/sys/fs/cgroup")
CONTROLLERS = {"cpu", "cpuacct", "cpuset", "memory", "pids", "blkio"}

# A v1 hierarchy: its controllers, where it is mounted, and the node of this process in it.
Tree = namedtuple("Tree", "controllers mount own")


def _mount(controllers):
    for name in (controllers, *controllers.split(",")):
        if (TOP / name / "tasks").exists():
            return TOP / name
    return None


def find():
    """The v1 hierarchies that carrel uses. A host's folder is made below our own node: whoever started
    us goes on counting and limiting what we use."""
    trees = []
    for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
        _number, controllers, path = line.split(":", 2)
        mount = _mount(controllers) if CONTROLLERS & set(controllers.split(",")) else None
        if mount:
            trees.append(Tree(controllers.split(","), mount, mount / path.lstrip("/")))
    return trees


def _fill_cpuset(path):
    """Nothing can enter a new v1 cpuset."""
    for name in ("cpus", "mems"):
        if (path / f"cpuset.{name}").exists() and (path / "tasks").exists():
            (path / f"cpuset.{name}").write_text((path.parent / f"cpuset.effective_{name}").read_text())


def _empty(path):
    return not any((Path(folder) / "cgroup.procs").read_text() for folder, _folders, _files in os.walk(path))


def remove(path):
    """Ends what runs there and removes it; a test that was killed cannot do that itself."""
    end = time.monotonic() + 10
    while path.exists() and time.monotonic() < end:
        with contextlib.suppress(OSError):
            (path / "cgroup.kill").write_text("1")
        for folder, _subfolders, _files in os.walk(path, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        if path.exists():
            time.sleep(0.01)


def _remove_stale(parent):
    """What a run left that was killed; one that goes on has processes in it."""
    for path in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if _empty(path) and not os.path.exists(f"/proc/{path.name.rpartition('-')[2]}"):
                remove(path)


@contextlib.contextmanager
def folders(parents):
    """One of our own below each of PARENTS, the first of which is in cgroup2: all that is in the others is in it."""
    made = []
    try:
        for parent in parents:
            _remove_stale(parent)
            own = parent / f"{PREFIX}{RUN}-{os.getpid()}"
            own.mkdir()
            made.append(own)
            _fill_cpuset(own)
        yield made
    finally:
        for path in made:
            remove(path)
