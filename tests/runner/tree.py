# SPDX-License-Identifier: MIT
"""The real runner on a tree of its own, with tests that are made up."""
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
HEADER = "#!/bin/sh\n# what: a test\n# needs:\n# tier: fast\n# deadline: 5s\n"


def run(files, *words, skip=None):
    """Runs the real runner on a tree of its own that holds FILES only; (exit code, output)."""
    with tempfile.TemporaryDirectory() as folder:
        tests = Path(folder, "tests")
        tests.mkdir()
        shutil.copy(TREE / "tests/run", tests)
        shutil.copytree(TREE / "tests/harness", tests / "harness", ignore=shutil.ignore_patterns("__pycache__"))
        for name, text in files.items():
            path = tests / "unit" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            path.chmod(0o755 if not name.startswith("plain") else 0o644)
        environment = {key: value for key, value in os.environ.items() if key != "CARREL_ALLOW_SKIP"}
        if skip:
            environment["CARREL_ALLOW_SKIP"] = skip
        result = subprocess.run([tests / "run", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, env=environment, timeout=60, check=False)
        return result.returncode, result.stdout


def expect(files, code, count, text="", words=("--tier", "fast"), skip=None):
    got, output = run(files, *words, skip=skip)
    wanted = "{} passed, {} failed, {} skipped".format(*count)
    assert got == code and output.splitlines()[-1] == wanted and re.search(text, output), \
        f"wanted exit {code}, {wanted!r} and {text!r}; got exit {got} and:\n{output}"
