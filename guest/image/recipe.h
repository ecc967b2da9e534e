/* SPDX-License-Identifier: MIT */
/*
 * recipe.h - what goes into an image: a Debian, which debian.sh makes a guest of, and what a file
 * of /etc/carrel/recipes.d adds to it. The fourth table of the policy engine: read as strictly as
 * a policy, and nothing is merged.
 */
#ifndef CARREL_GUEST_IMAGE_RECIPE_H
#define CARREL_GUEST_IMAGE_RECIPE_H

#include "policy/keys.h"

#define RECIPE_DIR "/etc/carrel/recipes.d"

/* The recipe that needs no file. */
#define RECIPE_DEBIAN "debian-13"

/* One row of recipe_keys[] each. */
enum recipe_key {
	RECIPE_SUITE,
	RECIPE_PACKAGES,
	RECIPE_FILES,
	RECIPE_HOOK,
	RECIPE_SIZE,
	RECIPE_MIRROR,
	RECIPE_KEY_COUNT
};

extern const struct key recipe_keys[RECIPE_KEY_COUNT];

struct image_recipe {
	const char *suite; /* "trixie" */
	char **packages;   /* lists (base/list.h): besides those that every guest has */
	char **files;      /* "/srv/motd:/etc/motd" */
	char *hook;        /* a program's path, or NULL */
	char *mirror;      /* NULL: this machine's */
	uint64_t size;     /* of the disk, bytes: whole MiB */
};

/* Makes *ret_recipe (image_recipe_free()) the one that no file adds to. 0 or -ENOMEM. */
int image_recipe_default(struct image_recipe *ret_recipe);

/*
 * Reads the recipe @path, whatever folder it is in, and looks at the files that it names. Returns 0
 * and *ret_recipe (image_recipe_free()); -EINVAL with a problem added where it is refused; -ENOENT
 * where there is none; -errno.
 */
int image_recipe_read(
	const char *path, struct image_recipe *ret_recipe, struct policy_problems *problems);

/* Reads recipe @name of @dir, which only root may change. 0 and *ret_recipe; -ENOENT where there is
 * none, with what there is; -EINVAL with the first problem in @err; -EPERM, -errno. */
int image_recipe_load(const char *dir, const char *name, struct image_recipe *ret_recipe,
	struct carrel_error *err);

/* Frees what the functions above gave. */
void image_recipe_free(struct image_recipe *recipe);

/* Splits "/srv/motd:/etc/motd", one of @files, in place: returns the second path. */
char *image_recipe_split(char *file);

#endif
