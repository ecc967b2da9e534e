/* SPDX-License-Identifier: MIT */
/*
 * list.h - the images there are, and who uses them.
 */
#ifndef CARREL_GUEST_IMAGE_LIST_H
#define CARREL_GUEST_IMAGE_LIST_H

#include "image.h"

#define GUEST_DIR "/var/lib/carrel/guests" /* UID/guest.json */

struct image_entry {
	char *name;                     /* NULL: a digest that no name leads to any more */
	char digest[IMAGE_DIGEST_SIZE]; /* "" where the image cannot be opened */
	char *problem;                  /* why not, or NULL */
	struct guest_image image;       /* closed where there is a problem */
	uint64_t size;                  /* bytes on disk, of all its files */
	size_t guests;                  /* made from it */
};

struct image_list {
	struct image_entry *entry;
	size_t count;
};

/* Lists all names in their order, then the digests without one. No folder is no image. 0 or -errno.
 */
int image_list_load(struct image_list *ret, struct carrel_error *err);
void image_list_free(struct image_list *list);

/*
 * Removes the image of that name or digest. A name whose digest has another name is removed alone;
 * what a guest is made from stays: -EBUSY, as with an addition that is under way. Returns 0 with
 * *ret_kept true where only a name was removed; -errno.
 */
int image_remove(const char *name_or_digest, bool *ret_kept, struct carrel_error *err);

#endif
