# SPDX-License-Identifier: MIT
"""Native tests within the root of a test host's release: its C library, PAM, ssh and sshd on this machine's kernel,
without a virtual machine."""
from . import cache, install

# A mount namespace of the test's own, which ends with it: nothing of this is seen outside.
ENTER = """cd "$1" && mount --rbind /proc proc && mount --rbind /sys sys && mount --rbind /dev dev && mount -t tmpfs run run &&
shift && exec chroot . "$@"
"""
# What tests and the runner are told by the environment; all else is the root's own.
VARIABLES = ("CARREL_ALLOW_SKIP", "CARREL_RUN")

_built = {}


def _build(release):
    """The release's build of the tree; made once a run."""
    if release not in _built:
        build = install.Build(release)
        build.make_all()
        _built[release] = build
    return _built[release]


def argv(release, words, environment):
    """The command line that runs WORDS, a test of this tree, there; with those of ENVIRONMENT that are for tests."""
    build = _build(release)
    inside = [word.replace(str(cache.TREE), build.inside, 1) if word.startswith(str(cache.TREE)) else word
              for word in words]
    told = [f"{name}={environment[name]}" for name in VARIABLES if name in environment]
    return ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-ec", ENTER, "sh", str(build.root),
            "/usr/bin/env", "-i", f"PATH={install.BUILD_PATH}", "LC_ALL=C.UTF-8", "HOME=/root",
            f"PYTHONPATH={build.inside}/tests", "PYTHONDONTWRITEBYTECODE=1", f"CARREL_TREE={build.inside}", *told,
            "/usr/bin/env", "-C", build.inside, *inside]
