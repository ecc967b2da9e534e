# SPDX-License-Identifier: MIT
"""Logins whose session is a root made from nothing, with a guest that is there already."""
import fcntl
import os
import shutil
from pathlib import Path

from faults.every_call import all_of, confined, main
from faults.logins import policy
from native import guest

FOLDER = Path("/run/carrel/guests/1001")


def into_a_guest(every):
    def test(machine):
        guest.template()
        FOLDER.mkdir(parents=True)
        os.chmod(FOLDER, 0o711)
        # As its supervisor holds it.
        with open(FOLDER / "lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for on_error in ("deny", "allow"):
                policy(machine, on_error=on_error, mode="guest")
                # Without a view there is no way to the guest: nothing is to be allowed without it.
                all_of(machine, "alice", every, allowed=confined, any_pid=True)
        shutil.rmtree(FOLDER.parent)

    main(test)
