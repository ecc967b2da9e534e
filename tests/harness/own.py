# SPDX-License-Identifier: MIT
"""What a run, or a test, has of its own: mounts, and a host for what the runner's may not suffer."""
import contextlib
import os
from pathlib import Path

import harness
from native.syscalls import MS_PRIVATE, NEWNS, mount, unshare

from . import install
from .host import Host


def mounts():
    """From here on this process sees no mount that others make, nor files of a carrel that the machine may run. In a
    chroot "/" need be no mount, so each mount is set by itself."""
    unshare(NEWNS)
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        point = line.split()[4].encode("latin-1", "backslashreplace").decode("unicode_escape")
        with contextlib.suppress(OSError):
            mount(None, point, None, MS_PRIVATE)
    # Empty on a machine without carrel, so that what others make there later is not seen either.
    os.makedirs("/run/carrel", mode=0o711, exist_ok=True)
    mount("carrel-tests", "/run/carrel", "tmpfs", 0, "mode=711")


@contextlib.contextmanager
def own_host(release, guests=False):
    """With carrel; `from harness import host` finds it in what is imported from then on."""
    host = Host.boot(release, guests=guests)
    try:
        os.environ["CARREL_HOST_JSON"] = str(host.json)
        install.install(host)
        harness.host = host
        yield host
    finally:
        host.stop()
