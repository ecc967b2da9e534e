/* SPDX-License-Identifier: MIT */
/*
 * check.h - what is wrong with policies and templates, one by one and with each other; for carrel
 * check and carrel doctor.
 */
#ifndef CARREL_HELPER_CHECK_CHECK_H
#define CARREL_HELPER_CHECK_CHECK_H

#include "policy/file.h"
#include "policy/template.h"

/* Problems refuse a file; a warning is what may be so for a while: an image that is not built yet.
 * Both are "FILE:LINE: [section] key: reason", each a line. */
struct check {
	struct policy_problems problems, warnings;
	size_t files;
	/* Bounds that the warnings about templates compare with. */
	const struct host_config *config;
};

void check_free(struct check *check);

/* All templates of a folder. */
struct template_set {
	const char *dir;
	char **names;                /* refused ones included; NULL-terminated, NULL for none */
	struct guest_template *item; /* those that are not refused */
	size_t count;
};

/*
 * Reads every template of @dir into *ret_set (free with template_set_free(); @dir has to outlive
 * it), with what is wrong with each in @check. A missing folder is an empty one. 0; -EPERM where
 * others than root can change the folder; -errno. template.c has these.
 */
int check_templates(const char *dir, struct check *check, struct template_set *ret_set,
	struct carrel_error *err);
void template_set_free(struct template_set *set);

/* One file as a template. 0, also where it is refused; -ENOMEM. */
int check_template_file(const char *path, struct check *check, struct carrel_error *err);

/* Whether @path is a template rather than a policy: it lies in a folder templates.d, or has a
 * section [template]. */
bool check_is_template(const char *path);

/*
 * Adds to @check what policies and templates say of each other (guest.c): mode = guest
 * without a template, a template that is not there, quotas that its guest does not fit into. Files
 * are problems only if no login could go well; who a login is cannot be known here. 0 or -ENOMEM.
 */
int check_guests(const struct policy_folder *policies, const struct template_set *templates,
	struct check *check);

/*
 * Warns where the policies as a whole leave out whom they seem to be for (match.c): users of
 * a group that the name service does not tell, and users of one service who come by another. 0 or
 * -ENOMEM.
 */
int check_matches(const struct policy_folder *policies, struct check *check);

#endif
