# SPDX-License-Identifier: MIT
"""Small qcow2 disks, whole, broken and hostile (qemu's docs/interop/qcow2.txt)."""
import struct

CLUSTER = 65536


def qcow2(virtual=10 << 30, version=3, backing=0, features=0, crypt=0, bits=16, l1_size=20, l2=4 * CLUSTER,
          data=5 * CLUSTER, l1=CLUSTER, refcounts=2 * CLUSTER):
    """Six clusters: header, first table, table of reference counts, these, a second table, data."""
    header = struct.pack(">4sIQIIQIIQQIIQQQQII", b"QFI\xfb", version, backing, 9 if backing else 0, bits, virtual,
                         crypt, l1_size, l1, refcounts, 1, 0, 0, features, 0, 0, 4, 104)
    table = struct.pack(">Q", l2 | 1 << 63 if l2 else 0)
    second = struct.pack(">Q", data | 1 << 63 if data else 0)
    counts = struct.pack(">6H", *[1] * 6)
    parts = (header + (b"/etc/motd" if backing else b""), table, struct.pack(">Q", 3 * CLUSTER), counts, second,
             b"data")
    return b"".join(part.ljust(CLUSTER, b"\0") for part in parts)


def hostile(virtual):
    """A table of 2 MiB, and four million entries of the first table that say that it is theirs: 38 MiB, of which
    qemu-img would read eight terabytes."""
    bits, each, tables = 21, 1 << 21, 1 << 22
    head = qcow2(virtual=virtual, bits=bits, l1_size=tables, l1=each, refcounts=each)[:CLUSTER].ljust(each, b"\0")
    first = struct.pack(">Q", 17 * each | 1 << 63) * tables
    return head + first.ljust(16 * each, b"\0") + b"\0" * each + b"\0" * each
