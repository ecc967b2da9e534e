# SPDX-License-Identifier: MIT
"""The cache folder: things that take minutes to make, named by a hash of their recipe."""
import contextlib
import fcntl
import os
import shutil
import time
from pathlib import Path

from .output import HarnessError, say

TREE = Path(__file__).resolve().parents[2]
# An older unused image belongs to a recipe that nobody has any more.
STALE_SECONDS = 2 * 86400


def folder():
    path = Path(os.environ.get("CARREL_CACHE") or "/var/cache/carrel-tests")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HarnessError(f"cache folder {path}: {error.strerror}",
                           "run as root, or set CARREL_CACHE to a folder that you can write") from error
    return path


@contextlib.contextmanager
def lock(name, patience=1800):
    """One holder at a time, over all processes; the kernel releases it with its holder."""
    deadline = time.monotonic() + patience
    said = False
    with open(folder() / f"{name}.lock", "w", encoding="ascii") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise HarnessError(f"{name}: another run has held the lock for {patience} s",
                                       f"end that run, or remove {handle.name}") from None
                if not said:
                    say(f"waiting for another run that holds {name}")
                    said = True
                time.sleep(0.2)
        yield


def need_space(gigabytes):
    free = shutil.disk_usage(folder()).free / 2**30
    if free < gigabytes:
        raise HarnessError(f"{folder()}: {free:.1f} GiB free, {gigabytes} needed",
                           "free some space, or set CARREL_CACHE to a folder on a larger disk")


def keyed(name, key, build):
    """The folder NAME-KEY, made by build(temporary_folder) when it does not exist yet.

    A build that fails or is killed leaves only the temporary name, which the next build removes.
    """
    final = folder() / f"{name}-{key}"
    if final.is_dir():
        os.utime(final)
        return final
    with lock(name):
        if final.is_dir():
            return final
        for old in folder().glob(f"{name}-*"):
            if old.name.endswith(".partial") or time.time() - old.stat().st_mtime > STALE_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
        partial = final.with_name(final.name + ".partial")
        partial.mkdir()
        build(partial)
        partial.rename(final)
    return final
