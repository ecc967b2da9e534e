# SPDX-License-Identifier: MIT
"""The developer's host: one a release, up until somebody stops it."""
import os
import shutil
from pathlib import Path

from . import cache
from .host import Host
from .output import HarnessError


def folder(release):
    # Short: the path of a control socket may have 107 bytes, and CARREL_CACHE may be long.
    # CARREL_HOST_NAME: a second host, for a second person on the same machine.
    return Path("/tmp") / f"carrel-dev-host{os.environ.get('CARREL_HOST_NAME', '')}-{release}"


def running(release):
    """The host, or None."""
    try:
        return Host.attach(folder(release) / "host.json")
    except (OSError, HarnessError):
        return None


def boot(release, guests=False):
    """The running host; booted first if there is none, on demand with a guest image."""
    host = running(release)
    if host:
        return host
    with cache.lock(f"dev-host-boot-{release}"):
        shutil.rmtree(folder(release), ignore_errors=True)
        return Host.boot(release, folder(release), guests)


def need(release):
    host = running(release)
    if not host:
        raise HarnessError(f"no Debian {release} host is running", f"tests/hosts/host boot {release}")
    return host
