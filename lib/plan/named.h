/* SPDX-License-Identifier: MIT */
/*
 * named.h - the paths that an admin names one by one in a list of a policy.
 */
#ifndef CARREL_PLAN_NAMED_H
#define CARREL_PLAN_NAMED_H

#include "plan/plan.h"

/* Names one item of a list. */
struct plan_named {
	enum policy_key key;
	const char *text; /* as it is written, without the '?' */
	bool optional;    /* whether it has one */
};

/* Fills *@named from the item @item, which it points into. Returns its text. */
const char *plan_named_read(enum policy_key key, const char *item, struct plan_named *named);

/* Fills @err with @error, a negative errno, and the key and text of @named. Returns @error. */
int plan_named_error(const struct plan_named *named, int error, struct carrel_error *err);

/* Notes in plan->skipped that an optional item is not on this host, for the log. Returns 0, or
 * -ENOMEM and @err. */
int plan_named_skip(const struct plan_named *named, struct plan *plan, struct carrel_error *err);

/* Expands @path, a part of @named, for @login. Returns 0 and *ret_path, which the caller frees; or
 * -errno and @err: -EPERM where the user's name, group or home cannot be part of a path. */
int plan_named_expand(const struct plan_named *named, const char *path,
	const struct policy_login *login, char **ret_path, struct carrel_error *err);

/* Expands @path and finds out where it leads (plan_reach_any()). Returns 0 and *ret_path, which the
 * caller frees, and which is NULL where an optional one is missing; or -errno and @err: -EINVAL
 * where that is "/". */
int plan_named_find(const struct plan_named *named, const char *path,
	const struct policy_login *login, struct plan *plan, char **ret_path,
	struct carrel_error *err);

#endif
