// SPDX-License-Identifier: MIT
/*
 * folders.c - [mounts] hide: folders and files of the host's that an admin names one by one.
 *
 * The host is looked at here only to follow links that root alone can have made, and to say early
 * what is missing. session-init walks the way again, and checks whose each folder on it is.
 */
#include "base/cleanup.h"
#include "base/list.h"
#include "plan/builders.h"
#include "policy/keys.h"

#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

enum { SLOT_WORK = 0 };

/* One path of a list in a policy. */
struct named {
	enum policy_key key;
	const char *text; /* as it is written */
	bool optional;
};

static int name_error(const struct named *named, int error, struct carrel_error *err)
{
	error_set(err, error, "%s.%s %s", policy_keys[named->key].section,
		policy_keys[named->key].name, named->text);
	if (error == -EPERM)
		error_why(err, "a link that a user could change leads there");
	if (error == -EXDEV)
		error_why(err, "it lies in a file system that a user has mounted");
	return error;
}

/* Notes that an optional path is missing, for the log. */
static int note_missing(const struct named *named, struct plan *plan, struct carrel_error *err)
{
	cleanup_free char *note = NULL;

	if (asprintf(&note, "%s.%s %s", policy_keys[named->key].section,
		    policy_keys[named->key].name, named->text) < 0)
		note = NULL;
	if (!note || list_append(&plan->skipped, (char *[]){note, NULL}) < 0)
		return name_error(named, -ENOMEM, err);
	return 0;
}

/* Expands @path and finds out where it leads. Returns 0 and *ret_path, which is NULL where an
 * optional one is missing; or -errno. */
static int find_named(const struct named *named, const char *path, const struct policy_login *login,
	struct plan *plan, char **ret_path, struct carrel_error *err)
{
	cleanup_free char *expanded = policy_expand(path, login);
	int r;

	*ret_path = NULL;
	if (!expanded && errno == EINVAL) {
		error_set(err, -EPERM, "%s.%s %s", policy_keys[named->key].section,
			policy_keys[named->key].name, named->text);
		return error_why(err, "the name, group or home of user %s cannot be part of a path",
			login->user);
	}
	r = expanded ? plan_reach_any(expanded, ret_path) : -ENOMEM;
	if ((r == -ENOENT || r == -ENOTDIR) && named->optional)
		return note_missing(named, plan, err);
	return r < 0 ? name_error(named, r, err) : 0;
}

/* Fills @named from the item at @item. Returns its path. */
static const char *read_item(enum policy_key key, const char *item, struct named *named)
{
	bool optional = item[0] == '?';

	*named = (struct named){.key = key, .text = item + optional, .optional = optional};
	return named->text;
}

static unsigned flags_of(const struct named *named)
{
	return PLAN_OP_GUARDED | (named->optional ? PLAN_OP_IF_THERE : 0);
}

int plan_build_hidden(const struct policy *policy, const struct policy_login *login,
	struct plan *plan, struct carrel_error *err)
{
	char **list = policy->setting[POLICY_MOUNTS_HIDE].value.list;
	struct plan_op *op;

	if (list && list[0])
		plan_add_tmpfs(plan->ops, SLOT_WORK, 0, 0700);
	for (size_t i = 0; list && list[i]; i++) {
		cleanup_free char *path = NULL;
		struct named named;
		const char *text = read_item(POLICY_MOUNTS_HIDE, list[i], &named);
		int r = find_named(&named, text, login, plan, &path, err);

		if (r < 0)
			return r;
		if (!path)
			continue;
		op = plan_ops_add(plan->ops, PLAN_OP_MASK, path, NULL);
		op->slot = SLOT_WORK;
		op->flags = flags_of(&named);
	}
	return 0;
}
