// SPDX-License-Identifier: MIT
#include "plan/named.h"
#include "base/cleanup.h"
#include "base/list.h"
#include "plan/builders.h"
#include "policy/keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *plan_named_read(enum policy_key key, const char *item, struct plan_named *named)
{
	bool optional = item[0] == '?';

	*named = (struct plan_named){.key = key, .text = item + optional, .optional = optional};
	return named->text;
}

int plan_named_error(const struct plan_named *named, int error, struct carrel_error *err)
{
	error_set(err, error, "%s.%s %s", policy_keys[named->key].section,
		policy_keys[named->key].name, named->text);
	if (error == -EPERM)
		error_why(err, "a link that a user could change leads there");
	if (error == -EXDEV)
		error_why(err, "it lies in a file system that a user has mounted");
	return error;
}

int plan_named_skip(const struct plan_named *named, struct plan *plan, struct carrel_error *err)
{
	cleanup_free char *note = NULL;

	if (asprintf(&note, "%s.%s %s", policy_keys[named->key].section,
		    policy_keys[named->key].name, named->text) < 0)
		note = NULL;
	if (!note || list_append(&plan->skipped, (char *[]){note, NULL}) < 0)
		return plan_named_error(named, -ENOMEM, err);
	return 0;
}

int plan_named_expand(const struct plan_named *named, const char *path,
	const struct policy_login *login, char **ret_path, struct carrel_error *err)
{
	*ret_path = policy_expand(path, login);
	if (*ret_path)
		return 0;
	if (errno == ENOMEM)
		return plan_named_error(named, -ENOMEM, err);
	/* It is not the host's fault, and so never a way around the view. */
	plan_named_error(named, -EPERM, err);
	error_why(err, "the name, group or home of user %s cannot be part of a path", login->user);
	return -EPERM;
}

int plan_named_find(const struct plan_named *named, const char *path,
	const struct policy_login *login, struct plan *plan, char **ret_path,
	struct carrel_error *err)
{
	cleanup_free char *expanded = NULL;
	int r = plan_named_expand(named, path, login, &expanded, err);

	*ret_path = NULL;
	if (r < 0)
		return r;
	r = plan_reach_any(expanded, ret_path);
	if ((r == -ENOENT || r == -ENOTDIR) && named->optional)
		return plan_named_skip(named, plan, err);
	if (r < 0)
		return plan_named_error(named, r, err);
	/* Some accounts have "/" as their home. Host root would take what is mounted there for its
	 * own files. */
	if (strcmp(*ret_path, "/") == 0) {
		free(*ret_path);
		*ret_path = NULL;
		plan_named_error(named, -EINVAL, err);
		return error_why(err, "\"%s\" would mean every file", expanded);
	}
	return 0;
}
