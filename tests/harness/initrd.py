# SPDX-License-Identifier: MIT
"""A small initrd: busybox and the modules that lead to the root disk. Debian's own starts a udev, which costs
some four seconds of each boot under emulation. Part of the recipe: an edit makes a new image."""
import gzip
import lzma
import subprocess
from pathlib import Path

from .output import HarnessError

# In loading order but for their own dependencies. What a kernel has built in, or has no more, is passed over.
MODULES = ("virtio_pci", "virtio_blk", "crc32c_generic", "ext4", "virtio_net", "virtio_rng")
INIT = """#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
for module in $(/bin/busybox cat /modules/order); do
	/bin/busybox insmod /modules/$module
done
tries=0
until [ -b /dev/vda ]; do
	tries=$((tries + 1))
	[ $tries -gt 600 ] && echo "initrd: no /dev/vda" && exit 1
	/bin/busybox sleep 0.05
done
/bin/busybox mount -t ext4 /dev/vda /root || exit 1
/bin/busybox mount -o move /dev /root/dev
exec /bin/busybox switch_root /root /sbin/init
"""


def dependencies(folder):
    """{module: (path, [paths that it needs, the first to be loaded last])} from modules.dep."""
    table = {}
    for line in (folder / "modules.dep").read_text(encoding="ascii").splitlines():
        path, _, needed = line.partition(":")
        table[Path(path).name.partition(".")[0].replace("-", "_")] = (path, needed.split())
    return table


def load_order(folder):
    table, order = dependencies(folder), []
    for module in MODULES:
        path, needed = table.get(module, (None, []))
        for one in [*reversed(needed), path]:
            if one and one not in order:
                order.append(one)
    return order


def plain(path):
    """A module's bytes, uncompressed: busybox's insmod knows no compression."""
    data = path.read_bytes()
    if path.suffix == ".xz":
        return lzma.decompress(data)
    if path.suffix == ".gz":
        return gzip.decompress(data)
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dc", path], stdout=subprocess.PIPE, check=True).stdout
    return data


def entry(name, mode, data=b"", device=(0, 0)):
    """One member of a cpio archive in the kernel's `newc` format (Documentation/driver-api/early-userspace).
    Inode 0 throughout: it matters for hard links only."""
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)


def build(root, target):
    """Writes TARGET, the initrd for the newest kernel that is installed in ROOT."""
    folders = sorted((root / "usr/lib/modules").iterdir())
    busybox = root / "usr/bin/busybox"
    if not folders or not busybox.exists():
        raise HarnessError(f"{root}: no kernel modules or no busybox in the new root")
    order = load_order(folders[-1])
    names = [Path(path).name.partition(".")[0] + ".ko" for path in order]
    archive = [entry(name, 0o040755) for name in ("bin", "dev", "modules", "root")]
    archive.append(entry("dev/console", 0o020600, device=(5, 1)))
    archive.append(entry("init", 0o100755, INIT.encode()))
    archive.append(entry("bin/busybox", 0o100755, busybox.read_bytes()))
    archive.append(entry("modules/order", 0o100644, "\n".join(names).encode()))
    for path, name in zip(order, names):
        archive.append(entry(f"modules/{name}", 0o100644, plain(folders[-1] / path)))
    archive.append(entry("TRAILER!!!", 0))
    # Not compressed: memory is cheap, and unpacking under emulation is not.
    target.write_bytes(b"".join(archive))
