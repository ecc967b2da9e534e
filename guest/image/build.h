/* SPDX-License-Identifier: MIT */
/*
 * build.h - an image out of nothing but Debian packages.
 */
#ifndef CARREL_GUEST_IMAGE_BUILD_H
#define CARREL_GUEST_IMAGE_BUILD_H

#include "recipe.h"
#include "store.h"

/* The steps that image_build() tells of. */
enum { IMAGE_BUILD_STEPS = 4 };

/* Whether all that it needs is there, and enough space: 0, -ENOENT, -ENOSPC or -EPERM. */
int image_build_check(struct carrel_error *err);

/* Fills the work folder by the recipe and commits it. *ret_digest has IMAGE_DIGEST_SIZE bytes. */
int image_build(struct image_work *work, const struct image_recipe *recipe, char *ret_digest,
	struct carrel_error *err);

#endif
