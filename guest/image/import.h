/* SPDX-License-Identifier: MIT */
/*
 * import.h - an image out of files that somebody has.
 */
#ifndef CARREL_GUEST_IMAGE_IMPORT_H
#define CARREL_GUEST_IMAGE_IMPORT_H

#include "store.h"

#include <sys/stat.h>

/* So many steps image_import() tells of. */
enum { IMAGE_IMPORT_STEPS = 2 };

struct image_source {
	const char *disk, *kernel, *initrd; /* paths */
	const char *cmdline;
};

/*
 * Opens the regular file @path for reading: the name is an admin's, what lies in the folders on the
 * way may be anybody's. A link is followed only where root made it. Returns a descriptor, with
 * *ret_st its state, or -errno.
 */
int image_open_source(const char *path, struct stat *ret_st, struct carrel_error *err);

/*
 * Copies the files into the work folder, sparse and by reference where the file systems can, checks
 * the copies (image/disk.h), which nobody else can change, and commits them. A link is followed
 * only where root made it. *ret_digest has IMAGE_DIGEST_SIZE bytes. Returns 0 or -errno.
 */
int image_import(struct image_work *work, const struct image_source *source, char *ret_digest,
	struct carrel_error *err);

#endif
