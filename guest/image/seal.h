/* SPDX-License-Identifier: MIT */
/*
 * seal.h - the last step of a new image: what it is called after its content.
 */
#ifndef CARREL_GUEST_IMAGE_SEAL_H
#define CARREL_GUEST_IMAGE_SEAL_H

#include "store.h"

/*
 * Writes image.json, hashes the four files of the work folder, makes them 0444 and durable.
 * *ret_digest (IMAGE_DIGEST_SIZE bytes) is "sha256-HEX".
 */
int image_seal(struct image_work *work, const struct image_description *description,
	char *ret_digest, struct carrel_error *err);

#endif
