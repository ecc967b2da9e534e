/* SPDX-License-Identifier: MIT */
/*
 * disk.h - what is in a file that somebody wants to be a guest's disk, kernel or initrd.
 *
 * No program opens a disk before its header has been looked at here: one that opens whatever a disk
 * names (a backing file, a data file) would open it as root.
 */
#ifndef CARREL_GUEST_IMAGE_DISK_H
#define CARREL_GUEST_IMAGE_DISK_H

#include "base/error.h"

#include <stdint.h>

struct image_work;

/*
 * Looks at a disk: raw, or a qcow2 that stands by itself and is whole. Of a qcow2 all tables are
 * looked through by qemu-img, as nobody and in a jail, for a minute at most; then everybody may
 * read the file. With @work NULL only its beginning is looked at. @path is for messages. Returns 0
 * with *ret_format ("raw" or "qcow2") and *ret_virtual_size (bytes); -EINVAL with the reason;
 * -ENOENT without qemu-img; -EINTR once a signal has asked @work for an end; -errno.
 */
int image_disk_check(int fd, const char *path, struct image_work *work, const char **ret_format,
	uint64_t *ret_virtual_size, struct carrel_error *err);

/* Look whether the file is a kernel that QEMU can start, or an initrd that a kernel can unpack.
 * Return 0, -EINVAL, -errno. */
int image_kernel_check(int fd, const char *path, struct carrel_error *err);
int image_initrd_check(int fd, const char *path, struct carrel_error *err);

#endif
