/* SPDX-License-Identifier: MIT */
/*
 * check.h - finds what is wrong with policies and templates, each by itself and all together; for
 * carrel check and carrel doctor.
 */
#ifndef CARREL_HELPER_CHECK_CHECK_H
#define CARREL_HELPER_CHECK_CHECK_H

#include "policy/file.h"
#include "policy/template.h"

/* A problem means that the file is refused. A warning is about something that may be right later,
 * such as an image that is not built yet. Either is one line: "FILE:LINE: [section] key: reason".
 */
struct check {
	struct policy_problems problems, warnings;
	size_t files;
	/* Templates that exceed the bounds of this configuration get a warning. */
	const struct host_config *config;
};

/* Frees the problems and warnings, and not the configuration. */
void check_free(struct check *check);

/* This holds all templates of a folder. */
struct template_set {
	const char *dir;
	char **names;                /* of all, refused ones too; NULL-terminated, NULL: none */
	struct guest_template *item; /* those that are not refused */
	size_t count;
};

/*
 * Reads every template of @dir into *ret_set, and adds to @check what is wrong with each. The
 * caller frees the set with template_set_free(), and @dir has to outlive it. A missing folder
 * counts as an empty one. Returns 0; -EPERM where others than root can change the folder; -errno.
 */
int check_templates(const char *dir, struct check *check, struct template_set *ret_set,
	struct carrel_error *err);
/* Frees what the set owns. */
void template_set_free(struct template_set *set);

/* Reads the file @path as a template and adds to @check what is wrong with it. Returns 0 even where
 * the template is refused, or -errno where it cannot be read. */
int check_template_file(const char *path, struct check *check, struct carrel_error *err);

/* Reads the file @path as a recipe of images, or all recipes of the folder @dir, and adds to @check
 * what is wrong with them (recipe.c). A folder that is missing is an empty one. Return 0 even where
 * a recipe is refused, or -errno with @err. */
int check_recipe(const char *path, struct check *check, struct carrel_error *err);
int check_recipes(const char *dir, struct check *check, struct carrel_error *err);

/* Tells whether @path is of a kind of its own rather than a policy: it lies in a folder called
 * @folder ("templates.d"), or has a section @section. */
bool check_is_kind(const char *path, const char *folder, const char *section);

/*
 * Adds to @check where policies and templates do not fit each other: mode = guest without a
 * template, a template that does not exist, quotas that are too small for the guest. It cannot know
 * which policies a login will match, so it reports a problem only where no login could work, and
 * warns where some could not. Returns 0, or -ENOMEM.
 */
int check_guests(const struct policy_folder *policies, const struct template_set *templates,
	struct check *check);

/*
 * Warns where the policies taken together miss users for whom they seem to be meant: the members of
 * a group that the name service does not know, and users of one PAM service who log in through
 * another. Returns 0, or -ENOMEM.
 */
int check_matches(const struct policy_folder *policies, struct check *check);

#endif
