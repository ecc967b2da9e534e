# SPDX-License-Identifier: MIT
"""Around every test: is the state afterwards the state before?"""
import contextlib
import json
import os
import time
from pathlib import Path

from native import hierarchies

from . import process, snapshot

AGENT = "/run/carrel-tests-snapshot.py"
# Names of carrel's own programs, as the kernel shows them.
CARREL = ("session-init", "keeper", "guest-launch", "guest-attach", "carrel")


class HostLeftovers:
    """The comparison inside a host, by one python that lives as long as the host."""

    def __init__(self, host):
        self.host = host
        host.write(AGENT, Path(snapshot.__file__).read_bytes())
        self.session = host.popen(f"exec python3 -u {AGENT}", user="root", fresh=False)

    def _ask(self, request, deadline):
        self.session.send(request)
        return json.loads(self.session.expect(r"^\[.*\]$", deadline).group(0))

    def before(self):
        self._ask("before", 60 * self.host.scale)

    def after(self, seconds=None):
        """The lines of difference that are still there when the deadline passes."""
        seconds = seconds or 5 * self.host.scale
        return self._ask(f"after {seconds}", seconds + 60 * self.host.scale)

    def close(self):
        self.session.kill()


class NativeLeftovers:
    """The same on this machine, where other people's work goes on, and other runs do: processes and namespaces of
    this run alone, its own mounts (own.mounts()), and cgroups but for those that other runs named after themselves."""

    def __init__(self):
        self.state = {}

    @staticmethod
    def _is_anothers(folder):
        at = folder.find(hierarchies.PREFIX)
        return at >= 0 and not folder.startswith(f"{hierarchies.PREFIX}{os.getpid()}-", at)

    def _look(self):
        found = set()
        own = process.descendants(os.getpid())
        for pid, (_parent, comm, uid, _group) in snapshot.processes().items():
            if pid in own:
                if comm in CARREL:
                    found.add(f"process: {comm} pid={pid} uid={uid}")
                found |= {f"namespace: {target}" for target in snapshot.namespaces_of(pid)
                          if snapshot.NAMESPACE.match(target)}
        found |= {f"mount: {line}" for line, _root in snapshot.mount_lines("self", "here")}
        for folder, _subfolders, _files in os.walk("/sys/fs/cgroup"):
            if "carrel" in folder and not folder.endswith("/carrel") and not self._is_anothers(folder):
                found.add(f"cgroup: {folder}")
        found |= {f"file: {path}" for path in snapshot.files_below("/run/carrel")}
        return found

    def before(self):
        self.state = self._look()

    def after(self):
        end = time.monotonic() + 5
        while True:
            now = self._look()
            lines = [f"+ {line}" for line in sorted(now - self.state)]
            lines += [f"- {line}" for line in sorted(self.state - now)]
            if not lines or time.monotonic() > end:
                return lines
            time.sleep(0.05)


def orphans(known):
    """Ends what the test left running below the runner, its subreaper; one line for each."""
    lines = []
    while True:
        found = {pid: start for pid, start in process.children(os.getpid()).items() if known.get(pid) != start}
        if not found:
            process.reap(known)
            return lines
        # The orphans of an orphan become ours in turn: again, until there are none.
        for pid, start in found.items():
            lines.append(f"+ process: {process.command_line(pid)} pid={pid} (started by the test)")
            process.kill(pid, start)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
