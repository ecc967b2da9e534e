// SPDX-License-Identifier: MIT
/*
 * recipe.c - checks recipes of images, each by itself.
 */
#include "guest/image/recipe.h"
#include "base/cleanup.h"
#include "base/list.h"
#include "check.h"
#include "policy/names.h"
#include "policy/problems.h"

#include <stdio.h>

int check_recipe(const char *path, struct check *check, struct carrel_error *err)
{
	cleanup(policy_problems_free) struct policy_problems problems = {0};
	cleanup(image_recipe_free) struct image_recipe recipe = {0};
	int r = image_recipe_read(path, &recipe, &problems);

	check->files++;
	if (problems_move(&check->problems, &problems) < 0)
		return error_set(err, -ENOMEM, "recipe %s", path);
	return r == 0 || r == -EINVAL ? 0 : error_set(err, r, "recipe %s", path);
}

int check_recipes(const char *dir, struct check *check, struct carrel_error *err)
{
	cleanup(list_freep) char **names = NULL;
	struct stat st;
	cleanup_close int dirfd = names_open_folder("recipe folder", dir, &st, err);
	int r = dirfd < 0 ? dirfd : names_read(dirfd, &names);

	if (dirfd < 0)
		return dirfd == -ENOENT ? 0 : dirfd;
	if (r < 0)
		return error_set(err, r, "recipe folder %s", dir);
	for (char **name = names; r == 0 && name && *name; name++) {
		cleanup_free char *path = NULL;

		if (asprintf(&path, "%s/%s", dir, *name) < 0) {
			path = NULL;
			return error_set(err, -ENOMEM, "recipe folder %s", dir);
		}
		r = check_recipe(path, check, err);
	}
	return r;
}
