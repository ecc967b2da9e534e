# SPDX-License-Identifier: MIT
"""A look around in a native host: PYTHONPATH=tests python3 -m native [COMMAND…] (a shell)."""
import subprocess
import sys

from . import lab


def run(machine):
    code = subprocess.call(sys.argv[1:] or ["/bin/bash"])
    print("\n".join(machine.log.take()), file=sys.stderr)
    sys.exit(code)


lab.main(run)
