// SPDX-License-Identifier: MIT
/*
 * homes.c - plans [mounts] homes = own: each folder that holds homes is covered by a small
 * read-only tmpfs, in which only the user's own home and what homes.show names appear again.
 *
 * A file system that a user could have mounted there is never asked anything: others' logins would
 * wait for it.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "plan/builders.h"

#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

/* One folder that stays visible. The paths differ where root made a link to a home on another
 * disk. */
struct shown_folder {
	char *source; /* canonical: where it really is */
	char *target; /* where the user expects it */
	bool own;     /* of the user who logs in; others' owners must not decide about this login */
};

/* The folders that stay visible below one root. Once collected, none of them lies below another. */
struct shown {
	struct shown_folder *folder;
	size_t count;
};

static void folder_free(struct shown_folder *folder)
{
	free(folder->source);
	free(folder->target);
}

static void shown_free(struct shown *shown)
{
	for (size_t i = 0; i < shown->count; i++)
		folder_free(&shown->folder[i]);
	free(shown->folder);
}

int plan_place(const char *path, const char *root, char **ret_place)
{
	cleanup_free char *copy = strdup(path);
	cleanup_free char *parent = NULL;
	char *slash;
	int r;

	if (!copy)
		return -ENOMEM;
	for (slash = copy + strlen(copy) - 1; slash > copy && *slash == '/'; slash--)
		*slash = '\0';
	slash = strrchr(copy, '/');
	if (!slash || strcmp(slash, "/..") == 0 || strcmp(slash, "/.") == 0)
		return -EINVAL;
	*slash = '\0';
	r = plan_reach(slash == copy ? "/" : copy, root, &parent);
	if (r < 0)
		return r;
	r = asprintf(ret_place, "%s/%s", strcmp(parent, "/") == 0 ? "" : parent, slash + 1);
	return r < 0 ? -ENOMEM : 0;
}

/*
 * Adds @path if this host has it and it lies properly below @root. A missing home or course folder
 * keeps nobody out; one that is reached through a link of a user's own does.
 */
static int show_folder(
	struct shown *shown, const char *root, const char *path, bool own, struct carrel_error *err)
{
	struct shown_folder *folder = &shown->folder[shown->count];
	cleanup_free char *source = NULL;
	cleanup_free char *target = NULL;
	int r = plan_place(path, root, &target);

	if (r == 0)
		r = plan_reach(path, root, &source);
	if (r == -ENOENT || r == -ENOTDIR || (r < 0 && r != -ENOMEM && !own))
		return 0;
	if (r < 0) {
		error_set(err, r, "folder %s", path);
		if (r == -EPERM)
			error_why(err, "a link that a user could change leads there");
		if (r == -EXDEV)
			error_why(err, "it lies in a file system that a user has mounted");
		return r == -ENOMEM ? r : -EPERM; /* the folder is a user's, whatever is wrong */
	}
	if (!plan_path_within(target, root) || strcmp(target, root) == 0)
		return 0;
	folder->source = TAKE_PTR(source);
	folder->target = TAKE_PTR(target);
	folder->own = own;
	shown->count++;
	return 0;
}

static int compare_targets(const void *a, const void *b)
{
	const struct shown_folder *x = a, *y = b;

	return strcmp(x->target, y->target);
}

/* Drops the folders below shown ones, which are visible anyway. A parent is sorted before its
 * children. */
static void drop_nested(struct shown *shown)
{
	size_t kept = 0;

	qsort(shown->folder, shown->count, sizeof(*shown->folder), compare_targets);
	for (size_t i = 0; i < shown->count; i++) {
		bool nested = false;

		for (size_t j = 0; j < kept && !nested; j++)
			nested = plan_path_within(shown->folder[i].target, shown->folder[j].target);
		if (nested)
			folder_free(&shown->folder[i]);
		else
			shown->folder[kept++] = shown->folder[i];
	}
	shown->count = kept;
}

static int no_path(
	const char *text, int error, const struct policy_login *login, struct carrel_error *err)
{
	error_set(err, -error, "mounts.homes.show %s", text);
	if (error != EINVAL)
		return -error;
	error_why(err, "the name, group or home of user %s cannot be part of a path", login->user);
	return -EPERM; /* not the host's fault, so never a way around the view */
}

static int collect_shown(const struct policy *policy, const struct policy_login *login,
	const char *root, struct shown *shown, struct carrel_error *err)
{
	char **extra = policy->setting[POLICY_MOUNTS_HOMES_SHOW].value.list;
	size_t n = 1;
	int r;

	for (size_t i = 0; extra && extra[i]; i++)
		n++;
	shown->folder = calloc(n, sizeof(*shown->folder));
	if (!shown->folder)
		return error_set(err, -ENOMEM, "homes of user %s", login->user);
	r = login->home && login->home[0] == '/' && strcmp(login->home, "/") != 0
		    ? show_folder(shown, root, login->home, true, err)
		    : 0;
	for (size_t i = 0; r == 0 && extra && extra[i]; i++) {
		cleanup_free char *path = policy_expand(extra[i], login);

		if (!path)
			return no_path(extra[i], errno, login, err);
		r = show_folder(shown, root, path, false, err);
	}
	if (r == 0)
		drop_nested(shown);
	return r;
}

/* Makes the folders of @path, which lies below @root, in the new file system in @slot. Those that
 * an earlier path shares are made again: session-init takes an existing one for made. */
static void add_shown_folders(
	struct plan_ops *ops, uint32_t slot, const char *root, const char *path)
{
	const char *relative = path + strlen(root) + 1;
	size_t length = strlen(relative);

	for (size_t i = 1; i <= length; i++) {
		char part[4096];
		struct plan_op *op;

		if (i < length && relative[i] != '/')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)i, relative);
		op = plan_ops_add(ops, PLAN_OP_MKDIR, part, NULL);
		op->slot = slot;
		op->perm = 0755;
	}
}

static int hide_root(const struct policy *policy, const struct policy_login *login,
	const char *root, struct plan_ops *ops, uint32_t *slot, struct carrel_error *err)
{
	enum { SLOT_WORK = 0 };
	cleanup(shown_free) struct shown shown = {0};
	uint32_t first = *slot;
	struct plan_op *op;
	int r = collect_shown(policy, login, root, &shown, err);

	if (r < 0)
		return r;
	if (first + shown.count >= PLAN_SLOTS - PLAN_SLOTS_FINAL - 8)
		return error_set(err, -E2BIG, "mounts.homes.show of user %s", login->user);
	for (size_t i = 0; i < shown.count; i++) {
		op = plan_ops_add(ops, PLAN_OP_GRAB, shown.folder[i].source, NULL);
		op->slot = first + (uint32_t)i;
		op->flags = shown.folder[i].own ? PLAN_OP_IF_THERE : PLAN_OP_OPTIONAL;
	}
	plan_add_tmpfs(ops, SLOT_WORK, 0, 0755);
	for (size_t i = 0; i < shown.count; i++)
		add_shown_folders(ops, SLOT_WORK, root, shown.folder[i].target);
	plan_add_attach(ops, SLOT_WORK, root);
	for (size_t i = 0; i < shown.count; i++) {
		op = plan_add_attach(ops, first + (uint32_t)i, shown.folder[i].target);
		op->flags = shown.folder[i].own ? PLAN_OP_IF_THERE : PLAN_OP_OPTIONAL;
	}
	plan_ops_add(ops, PLAN_OP_PROTECT, root, NULL)->attrs = MOUNT_ATTR_RDONLY;
	*slot = first + (uint32_t)shown.count;
	return 0;
}

int plan_build_homes(const struct policy *policy, const struct policy_login *login,
	const struct host_config *config, struct plan_ops *ops, uint32_t *slot,
	struct carrel_error *err)
{
	if (policy->setting[POLICY_MOUNTS_HOMES].value.choice != POLICY_HOMES_OWN)
		return 0;
	for (size_t i = 0; config->homes_roots && config->homes_roots[i]; i++) {
		cleanup_free char *root = NULL;
		int r = fd_canonical_trusted(config->homes_roots[i], &root);

		if (r == -ENOENT)
			continue;
		if (r == 0 && strcmp(root, "/") == 0)
			r = -EINVAL;
		if (r < 0)
			return error_set(err, r, "homes.roots %s", config->homes_roots[i]);
		r = hide_root(policy, login, root, ops, slot, err);
		if (r < 0)
			return r;
	}
	return 0;
}
