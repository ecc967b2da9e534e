# SPDX-License-Identifier: MIT
"""Runs tests side by side: those on a host wait for an emulated machine most of the time, those here for an event.

Each lane is a process of its own, so that what a test leaves is found below its lane alone."""
import contextlib
import ctypes
import fcntl
import multiprocessing
import os
import signal
import sys
import tempfile
from multiprocessing import connection
from pathlib import Path

PR_SET_PDEATHSIG = 1


class LaneDied(Exception):
    """A lane has ended before its last test."""


class Turns:
    """Lets a test that measures time run alone: it waits for the tests of the other lanes, and they wait for it."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="carrel-tests-")  # removed with this object

    @contextlib.contextmanager
    def take(self, alone):
        """Opens the locks anew each time: after fork(2), a descriptor would be the same lock in both lanes."""
        with open(Path(self.folder.name, "running"), "w", encoding="ascii") as running:
            # Whoever waits to be alone keeps this one meanwhile, so that no lane overtakes it.
            with open(Path(self.folder.name, "next"), "w", encoding="ascii") as queue:
                fcntl.flock(queue, fcntl.LOCK_EX)
                fcntl.flock(running, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            yield


def split(tests):
    """TESTS by where they run: one list for the hosts, one for this machine; empty ones are left out."""
    lanes = {}
    for test in tests:
        lanes.setdefault(test.release is not None, []).append(test)
    return list(lanes.values())


def _run_lane(work, tests, sender, parent):
    """The life of a lane's process: WORK yields a result for each of TESTS, in order."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(143)
    # So that `finally` stops the host when CI ends us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # The parent was interrupted as well, and says so.
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        for result in work(tests):
            sender.send(result)


def results(lanes, work):
    """Yields (test, result) of each test of LANES, as they come. WORK, called with the tests of one lane in a process of
    that lane, yields their results in order. However the caller ends, no lane outlives it."""
    fork = multiprocessing.get_context("fork")
    running = {}
    processes = []
    try:
        for tests in lanes:
            receiver, sender = fork.Pipe(duplex=False)
            # An interrupt may come as soon as it runs: a daemon is ended with us in any case.
            process = fork.Process(target=_run_lane, args=(work, tests, sender, os.getpid()), daemon=True)
            process.start()
            processes.append(process)
            sender.close()
            running[receiver] = iter(tests)
        while running:
            for receiver in connection.wait(list(running)):
                try:
                    result = receiver.recv()
                except EOFError:
                    left = sum(1 for _test in running.pop(receiver))
                    if left:
                        raise LaneDied(f"the process that ran the tests has died; {left} of its tests did not run") from None
                else:
                    yield next(running[receiver]), result
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()
