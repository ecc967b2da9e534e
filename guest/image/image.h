/* SPDX-License-Identifier: MIT */
/*
 * image.h - a guest image: what a guest's disk is backed by, and the kernel that boots it.
 *
 * An image is a folder /var/lib/carrel/images/sha256-HEX of files that never change: "disk",
 * "vmlinuz", "initrd" and "image.json". HEX is the SHA-256 of what `sha256sum disk vmlinuz initrd
 * image.json` prints there, so it names the content. A name, "debian-13", is a symbolic link
 * to such a folder, and is all that a new build replaces: guests made from the old one keep it.
 *
 * Only root may change any of it; an image where that does not hold is refused (-EPERM).
 */
#ifndef CARREL_GUEST_IMAGE_IMAGE_H
#define CARREL_GUEST_IMAGE_IMAGE_H

#include "base/cleanup.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_STATE_DIR     "/var/lib/carrel" /* all of carrel that outlives a boot */
#define IMAGE_DIR           IMAGE_STATE_DIR "/images"
#define IMAGE_DIGEST_PREFIX "sha256-"

enum {
	IMAGE_HEX = 64,
	IMAGE_HEX_SHORT = 12,   /* digits that are shown to people */
	IMAGE_DIGEST_SIZE = 80, /* of a buffer for a digest */
	IMAGE_NAME_MAX = 64,
	IMAGE_FILES = 4,
};

/* The files of an image, in the order in which the digest takes them. */
extern const char *const image_files[IMAGE_FILES];

struct guest_image {
	char *name;                     /* as it is called, or its digest where opened by that */
	char digest[IMAGE_DIGEST_SIZE]; /* "sha256-HEX", which is the folder's name too */
	int dir_fd;                     /* O_PATH of the folder */
	char *format;                   /* "raw" or "qcow2": of disk */
	uint64_t virtual_size;          /* bytes; a guest's disk is at least as large */
	char *cmdline;                  /* the kernel's; what a machine needs besides is appended */
	char *created;                  /* UTC, "2025-03-01T09:30:00Z" */
};

/* An image that is not open: the initialiser of a local that cleanup_image owns. */
#define IMAGE_CLOSED                                                                               \
	(struct guest_image)                                                                       \
	{                                                                                          \
		.dir_fd = -EBADF                                                                   \
	}

/*
 * Opens an image by its name, or by its digest "sha256-HEX". On success the caller owns *ret
 * (image_close()). Returns 0; -ENOENT where there is none of that name, -EINVAL for what can be no
 * name or an image.json that says nothing sensible, -EPERM where others than root could have
 * changed it, -errno.
 */
int image_open(const char *name_or_digest, struct guest_image *ret, struct carrel_error *err);

/* "disk", "vmlinuz" or "initrd" of the image: a descriptor, O_RDONLY | O_CLOEXEC, of a regular file
 * that is root's and that nobody may write to; or -errno. */
int image_open_file(const struct guest_image *image, const char *which, struct carrel_error *err);

/* Frees what image_open() gave. One that is closed already is left alone. */
void image_close(struct guest_image *image);

/* True for what can name an image: letters, digits, '.', '_', '-', the first a letter or digit,
 * at most IMAGE_NAME_MAX, and no digest. */
bool image_is_name(const char *name);

/* True for "sha256-" and 64 digits in lower case. */
bool image_is_digest(const char *name);

#define cleanup_image cleanup(image_close)

#endif
