/* SPDX-License-Identifier: MIT */
/*
 * qcow2.h - what the header of a qcow2 says (qemu's docs/interop/qcow2.txt).
 *
 * It is read before any program opens the file: by its header a qcow2 can lead to other files.
 */
#ifndef CARREL_GUEST_IMAGE_QCOW2_H
#define CARREL_GUEST_IMAGE_QCOW2_H

#include <stdbool.h>
#include <stdint.h>

/* Incompatible features: marks that QEMU leaves on a disk. */
enum { QCOW2_DIRTY = 1 << 0, QCOW2_CORRUPT = 1 << 1, QCOW2_COMPRESSION = 1 << 3 };

struct qcow2_disk {
	unsigned version;
	uint64_t size; /* of the disk, bytes */
	bool has_backing;
	uint64_t features; /* the incompatible ones, of those above */
};

/*
 * Reads the header of @fd. Returns 0 with *ret_disk; -EBADMSG for what is no qcow2 of version 2 or
 * 3; -EINVAL with *ret_disk and the reason in *ret_why ("is encrypted") for one that carrel gives
 * to no program; -errno where it cannot be read.
 */
int qcow2_header_check(int fd, struct qcow2_disk *ret_disk, const char **ret_why);

#endif
