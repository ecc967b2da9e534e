// SPDX-License-Identifier: MIT
/*
 * folders.c - [mounts] hide, readonly and bind: folders and files of the host's that an admin names
 * one by one.
 *
 * The host is looked at here only to follow links that root alone can have made, and to say early
 * what is missing. session-init walks the way again, and checks whose each folder on it is.
 */
#include "base/cleanup.h"
#include "base/list.h"
#include "plan/builders.h"
#include "plan/named.h"

#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

enum {
	SLOT_WORK = 0,
	PLAN_BINDS_MAX = 12, /* the homes that are shown need slots as well */
};

static unsigned flags_of(const struct plan_named *named)
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
		struct plan_named named;
		const char *text = plan_named_read(POLICY_MOUNTS_HIDE, list[i], &named);
		int r = plan_named_find(&named, text, login, plan, &path, err);

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

int plan_build_readonly(const struct policy *policy, const struct policy_login *login,
	struct plan *plan, struct carrel_error *err)
{
	char **list = policy->setting[POLICY_MOUNTS_READONLY].value.list;
	struct plan_op *op;

	for (size_t i = 0; list && list[i]; i++) {
		cleanup_free char *path = NULL;
		struct plan_named named;
		const char *text = plan_named_read(POLICY_MOUNTS_READONLY, list[i], &named);
		int r = plan_named_find(&named, text, login, plan, &path, err);

		if (r < 0)
			return r;
		if (!path)
			continue;
		op = plan_ops_add(plan->ops, PLAN_OP_GRAB, path, NULL);
		op->slot = SLOT_WORK;
		op->flags = flags_of(&named);
		op->attrs = MOUNT_ATTR_RDONLY;
		plan_add_attach(plan->ops, SLOT_WORK, path)->flags = flags_of(&named);
	}
	return 0;
}

/* ---- bind ---- */

struct plan_bind {
	char *source, *target; /* canonical */
	uint32_t slot;
	bool optional;
	bool system; /* the target is where root loads programs or settings */
};

void plan_binds_free(struct plan_binds *binds)
{
	for (size_t i = 0; i < binds->count; i++) {
		free(binds->item[i].source);
		free(binds->item[i].target);
	}
	free(binds->item);
	*binds = (struct plan_binds){0};
}

static bool lies_in(const char *path, const char *const *folders)
{
	for (; *folders; folders++)
		if (plan_path_within(path, *folders))
			return true;
	return false;
}

/* Tells whether host root, which goes on in the session's tree, loads or reads things there. */
static bool is_system_path(const char *path)
{
	static const char *const folders[] = {"/etc", "/usr", "/lib", "/lib32", "/lib64", "/libx32",
		"/bin", "/sbin", "/boot", "/opt", "/root", "/run", "/var", NULL};

	return lies_in(path, folders);
}

/* What others rely on in the kernel's own file systems must not be covered. */
static bool is_kernel_path(const char *path)
{
	static const char *const folders[] = {"/dev", "/proc", "/sys", NULL};

	return lies_in(path, folders);
}

/* Finds both ends of one item. Returns 0, with a source that is NULL where an optional one is
 * missing; or -errno. */
static int find_bind(const struct plan_named *named, const struct policy_login *login,
	struct plan *plan, struct plan_bind *bind, struct carrel_error *err)
{
	cleanup_free char *from = strdup(named->text);
	char *to = from;
	int r;

	if (!from)
		return plan_named_error(named, -ENOMEM, err);
	(void)strsep(&to, ":");
	r = plan_named_find(named, from, login, plan, &bind->source, err);
	if (r == 0 && bind->source)
		r = plan_named_find(named, to, login, plan, &bind->target, err);
	if (r < 0 || !bind->target)
		return r;
	/* A folder of the system's may be a link to another disk. */
	bind->system = is_system_path(to) || is_system_path(bind->target);
	if (!is_kernel_path(bind->target))
		return 0;
	plan_named_error(named, -EINVAL, err);
	return error_why(err, "what is in %s cannot be covered", bind->target);
}

static void grab_bind_source(
	const struct plan_bind *bind, const struct policy_login *login, struct plan_ops *ops)
{
	struct plan_op *op = plan_ops_add(ops, PLAN_OP_GRAB, bind->source, NULL);

	op->slot = bind->slot;
	op->uid = login->uid;
	op->flags = PLAN_OP_GUARDED | (bind->optional ? PLAN_OP_IF_THERE : 0);
	op->attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	if (bind->system) {
		op->uid = 0;
		op->flags |= PLAN_OP_ROOTS;
		op->attrs |= MOUNT_ATTR_RDONLY;
	}
}

int plan_build_bind_sources(const struct policy *policy, const struct policy_login *login,
	struct plan *plan, uint32_t *slot, struct plan_binds *ret_binds, struct carrel_error *err)
{
	char **list = policy->setting[POLICY_MOUNTS_BIND].value.list;
	size_t count = list_length(list);

	if (count == 0)
		return 0;
	if (count > PLAN_BINDS_MAX) {
		error_set(err, -E2BIG, "mounts.bind");
		return error_why(err, "no more than %d", PLAN_BINDS_MAX);
	}
	ret_binds->item = calloc(count, sizeof(*ret_binds->item));
	if (!ret_binds->item)
		return error_set(err, -ENOMEM, "mounts.bind");
	for (size_t i = 0; i < count; i++) {
		struct plan_bind *bind = &ret_binds->item[ret_binds->count++];
		struct plan_named named;
		int r;

		plan_named_read(POLICY_MOUNTS_BIND, list[i], &named);
		bind->optional = named.optional;
		r = find_bind(&named, login, plan, bind, err);
		if (r < 0)
			return r;
		if (!bind->target)
			continue;
		bind->slot = (*slot)++;
		grab_bind_source(bind, login, plan->ops);
	}
	return 0;
}

void plan_build_bind_targets(
	const struct plan_binds *binds, const struct policy_login *login, struct plan_ops *ops)
{
	for (size_t i = 0; i < binds->count; i++) {
		const struct plan_bind *bind = &binds->item[i];
		struct plan_op *op;

		if (!bind->target)
			continue;
		op = plan_add_attach(ops, bind->slot, bind->target);
		op->uid = login->uid;
		op->flags = PLAN_OP_GUARDED | (bind->optional ? PLAN_OP_IF_THERE : 0);
	}
}
