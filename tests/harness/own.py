# SPDX-License-Identifier: MIT
"""A host of a test's own, for what the runner's may not suffer."""
import contextlib
import os

import harness

from . import install
from .host import Host


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
