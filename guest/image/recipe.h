/* SPDX-License-Identifier: MIT */
/*
 * recipe.h - what the image of Debian 13 consists of: tables, and nothing else.
 */
#ifndef CARREL_GUEST_IMAGE_RECIPE_H
#define CARREL_GUEST_IMAGE_RECIPE_H

#include <stdint.h>
#include <sys/types.h>

struct recipe_file {
	const char *path; /* relative to the root */
	mode_t mode;
	const char *text;
};

struct recipe_link {
	const char *path, *target;
};

/* All lists end with a NULL (path). */
struct image_recipe {
	const char *name; /* as an admin calls it, and the image, unless named otherwise */
	const char *suite;
	const char *packages;          /* as mmdebstrap's --include takes them */
	const char *cmdline;           /* the kernel's */
	const char *size;              /* as mke2fs takes it */
	uint64_t bytes;                /* the same */
	const char *const *excluded;   /* shell patterns of dpkg's path-exclude */
	const char *const *removed;    /* glob(7) patterns */
	const char *const *masked;     /* units */
	const char *const *generators; /* systemd's, that have nothing to generate here */
	const struct recipe_file *files;
	const struct recipe_link *links;
};

/* The recipe of that name, or NULL. */
const struct image_recipe *image_recipe_find(const char *name);

/* The names of all recipes, as one text: "debian-13". */
const char *image_recipe_names(void);

#endif
