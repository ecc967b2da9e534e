# SPDX-License-Identifier: MIT
"""A name service that does not answer: what is not in /etc/passwd may be there, or not."""
import contextlib
import subprocess
from pathlib import Path

FOLDER = Path("/run/native/nss")
SWITCH = Path("/etc/nsswitch.conf")


@contextlib.contextmanager
def unanswered(services="files unanswered"):
    """For every program that is started meanwhile. The loader's cache is the host's own, as all of /etc. SERVICES: with
    "unanswered files" the last that is asked answers, and nobody hears that another did not."""
    FOLDER.mkdir(exist_ok=True)
    subprocess.run(["gcc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", FOLDER / "libnss_unanswered.so.2",
                    Path(__file__).with_name("nss.c")], check=True)
    loader = Path("/etc/ld.so.conf.d/carrel-test.conf")
    before = SWITCH.read_text(encoding="ascii")
    loader.write_text(f"{FOLDER}\n", encoding="ascii")
    subprocess.run(["/sbin/ldconfig"], check=True)
    kept = [line for line in before.splitlines() if not line.startswith("passwd:")]
    SWITCH.write_text("\n".join([*kept, f"passwd: {services}"]) + "\n", encoding="ascii")
    try:
        yield
    finally:
        SWITCH.write_text(before, encoding="ascii")
        loader.unlink()
        subprocess.run(["/sbin/ldconfig"], check=True)
