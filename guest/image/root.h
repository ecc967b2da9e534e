/* SPDX-License-Identifier: MIT */
/*
 * root.h - from the root that mmdebstrap made to that of a guest.
 */
#ifndef CARREL_GUEST_IMAGE_ROOT_H
#define CARREL_GUEST_IMAGE_ROOT_H

#include "base/error.h"
#include "recipe.h"

/* Removes, writes and links beneath @rootfd what the recipe says. Returns 0 or -errno. */
int image_root_apply(int rootfd, const struct image_recipe *recipe, struct carrel_error *err);

#endif
