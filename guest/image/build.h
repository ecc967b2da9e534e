/* SPDX-License-Identifier: MIT */
/*
 * build.h - an image out of Debian packages: mmdebstrap, whose hooks are debian.sh's and a recipe's
 * own, cpio for the initrd, and mke2fs.
 */
#ifndef CARREL_GUEST_IMAGE_BUILD_H
#define CARREL_GUEST_IMAGE_BUILD_H

#include "recipe.h"
#include "store.h"

/* The steps that image_build() tells of. */
enum { IMAGE_BUILD_STEPS = 4 };

/* Says whether all that a build needs is there: 0, or -ENOENT with the package to install. */
int image_build_check(struct carrel_error *err);

/* Fills the work folder by the recipe and commits it. *ret_digest has IMAGE_DIGEST_SIZE bytes.
 * Returns 0, -ENOSPC, -EINTR, -errno. */
int image_build(struct image_work *work, const struct image_recipe *recipe, char *ret_digest,
	struct carrel_error *err);

#endif
