/* SPDX-License-Identifier: MIT */
/*
 * cpio.h - an archive as the kernel unpacks it into its first file system: cpio's "newc"
 * (driver-api/early-userspace/buffer-format.rst).
 */
#ifndef CARREL_GUEST_IMAGE_CPIO_H
#define CARREL_GUEST_IMAGE_CPIO_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* A member; of a device node (@mode has S_IFCHR) @device is the number. 0 or -errno. */
int cpio_add(
	FILE *out, const char *name, mode_t mode, dev_t device, const void *bytes, size_t size);

/* The member that ends the archive. */
int cpio_end(FILE *out);

#endif
