/* SPDX-License-Identifier: MIT */
/*
 * disk.h - what is in a file that somebody wants to be a guest's disk, kernel or initrd.
 *
 * The formats are looked at here and nowhere else: a program that opens whatever a disk names (a
 * backing file, a data file) would open it as root.
 */
#ifndef CARREL_GUEST_IMAGE_DISK_H
#define CARREL_GUEST_IMAGE_DISK_H

#include "base/error.h"

#include <stdint.h>

struct image_work;

/*
 * A disk: raw, or a qcow2 that stands by itself and is whole. Returns 0 with *ret_format ("raw" or
 * "qcow2") and *ret_virtual_size (bytes); -EINVAL with the reason; -EINTR once a signal has asked
 * @work for an end; -errno. With @work NULL only its beginning is looked at, and what is missing
 * farther on is not found. @path is for messages.
 */
int image_disk_check(int fd, const char *path, const struct image_work *work,
	const char **ret_format, uint64_t *ret_virtual_size, struct carrel_error *err);

/* A kernel that QEMU can start, an initrd that a kernel can unpack: 0, -EINVAL, -errno. */
int image_kernel_check(int fd, const char *path, struct carrel_error *err);
int image_initrd_check(int fd, const char *path, struct carrel_error *err);

/* The same of a file that begins with QCOW2_MAGIC (qemu's docs/interop/qcow2.txt). */
#define QCOW2_MAGIC "QFI\xfb"
int image_qcow2_check(int fd, const char *path, const struct image_work *work,
	uint64_t *ret_virtual_size, struct carrel_error *err);

#endif
