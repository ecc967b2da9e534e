// SPDX-License-Identifier: MIT
/*
 * cgroup_view.c - shows a session the cgroup that has its user's limits. No process can be in that
 * node (cgroup-v2.rst, "No Internal Process Constraint"), so no cgroup namespace can begin there.
 * The namespace begins at the login's own node, and what is mounted is the user's node:
 * /proc/self/cgroup says "/", and nproc, a JVM, Go and Rust look for cpu.max and memory.max right
 * there.
 *
 * Some programs look at /proc/self/mountinfo first, where the root of that mount is "/..". Go (1.26
 * and later) takes the first mount whose root is above its own cgroup, Rust's num_cpus the first
 * that there is. So it is not enough to cover the host's mounts: there is another mount, with the
 * root "/", that has the same path in mountinfo. It cannot be right under the first one: while
 * something is mounted on the login's node, session-init could not remove that node (EBUSY). So it
 * is in a /sys that is covered by itself.
 */
#include "session/cgroup_view.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	TREES_MAX = 1 + CGROUP_V1_MAX,
	/* The slots of the homes are empty by then, and the slots of the final operations
	 * follow. */
	SLOT_WORK = PLAN_SLOTS - PLAN_SLOTS_FINAL - 1,
	SLOT_SYS = SLOT_WORK - 1,
	SLOT_NODES = SLOT_SYS - TREES_MAX,
	OPS_MAX = 64,
};

/* A tree in which the node exists. */
struct tree {
	const char *root;
	const char *name;        /* below view.top; NULL: it is elsewhere, or the top itself */
	const char *controllers; /* of cgroup v1 */
	uint32_t slot;
};

struct view {
	struct plan_ops *ops;
	const char *top;
	uint64_t attrs;
	struct tree tree[TREES_MAX]; /* cgroup2 first */
	size_t count;
};

static struct plan_op *add_view_op(
	const struct view *view, enum plan_op_kind kind, const char *path, uint32_t slot)
{
	struct plan_op *op = plan_ops_add(view->ops, kind, path, NULL);

	op->slot = slot;
	return op;
}

/* Returns the name of @root below @top, "memory" of "/sys/fs/cgroup/memory", or NULL. */
static const char *name_below(const char *top, const char *root)
{
	size_t length = strlen(top);

	return strncmp(root, top, length) == 0 && root[length] == '/' ? root + length + 1 : NULL;
}

static void grab_tree(
	struct view *view, const char *root, const char *controllers, const char *node)
{
	struct tree *tree = &view->tree[view->count];
	char path[PATH_MAX];

	*tree = (struct tree){.root = root,
		.name = name_below(view->top, root),
		.controllers = controllers,
		.slot = SLOT_NODES + (uint32_t)view->count};
	view->count++;
	snprintf(path, sizeof(path), "%s%s", root, node);
	add_view_op(view, PLAN_OP_GRAB, path, tree->slot);
}

/* Takes hold of all trees, before the first is covered. */
static int grab_trees(struct view *view, const struct cgroup_manager *manager, const char *node,
	struct carrel_error *err)
{
	grab_tree(view, manager->root, NULL, node);
	if (strcmp(manager->root, view->top) == 0)
		return 0; /* nothing can be mounted below it */
	for (size_t i = 0; i < manager->n_v1; i++) {
		const struct cgroup_hierarchy *v1 = &manager->v1[i];
		int r = v1->closed ? -ENOENT : fd_look(v1->fd, node + 1);

		if (r == 0)
			grab_tree(view, v1->root, v1->controllers, node);
		/* A hierarchy that is not ours to write to has no node of the user's. */
		else if (r != -ENOENT)
			return error_set(err, r, "cgroup %s%s", v1->root, node);
	}
	return 0;
}

/* Makes the folders on which the tree is going to be mounted. */
static void add_tree_folders(const struct view *view, const char *name)
{
	char part[PATH_MAX];

	for (const char *end = name; *end; end += *end == '/') {
		end += strcspn(end, "/");
		snprintf(part, sizeof(part), "%.*s", (int)(end - name), name);
		add_view_op(view, PLAN_OP_MKDIR, part, SLOT_WORK)->perm = 0755;
	}
}

/* Adds the links that systemd makes, such as "cpu" to "cpu,cpuacct". */
static void add_links(const struct view *view, const struct tree *tree)
{
	char name[sizeof(((struct cgroup_hierarchy *)NULL)->controllers)];
	const char *p = tree->controllers;

	if (!p || strcmp(p, tree->name) != 0 || !strchr(p, ','))
		return;
	for (; *p; p += *p == ',') {
		size_t length = strcspn(p, ",");

		snprintf(name, sizeof(name), "%.*s", (int)length, p);
		plan_ops_add(
			view->ops, PLAN_OP_SYMLINK, name, (const char *const[]){tree->name, NULL})
			->slot = SLOT_WORK;
		p += length;
	}
}

/* Covers the tmpfs that holds the trees of a hybrid host by another, which holds the view's trees
 * alone. */
static void cover_top(const struct view *view)
{
	static const char *const options[] = {"size=4096", "nr_inodes=64", "mode=755", NULL};
	struct plan_op *op = plan_ops_add(view->ops, PLAN_OP_NEW_FS, "tmpfs", options);

	op->slot = SLOT_WORK;
	op->attrs = view->attrs & ~(uint64_t)MOUNT_ATTR_RDONLY;
	for (size_t i = 0; i < view->count; i++) {
		if (!view->tree[i].name)
			continue;
		add_tree_folders(view, view->tree[i].name);
		add_links(view, &view->tree[i]);
	}
	add_view_op(view, PLAN_OP_ATTACH, view->top, SLOT_WORK);
	add_view_op(view, PLAN_OP_PROTECT, view->top, 0)->attrs = view->attrs;
}

/* Makes the mount for programs that look at the roots of mounts. */
static void cover_by_itself(const struct view *view)
{
	/* This /sys is taken hold of before the next mount is made, and so does not have that
	 * mount. */
	add_view_op(view, PLAN_OP_GRAB, "/sys", SLOT_SYS);
	add_view_op(view, PLAN_OP_ATTACH, view->top, SLOT_WORK);
	add_view_op(view, PLAN_OP_ATTACH, "/sys", SLOT_SYS);
}

static int add_view(struct view *view, const struct cgroup_manager *manager, const char *node,
	struct carrel_error *err)
{
	bool alone = strcmp(manager->root, view->top) == 0;
	int r;

	/* This file system is made before the others, as mountinfo may be in that order. */
	if (alone)
		add_view_op(view, PLAN_OP_NEW_FS, "cgroup2", SLOT_WORK)->attrs = view->attrs;
	r = grab_trees(view, manager, node, err);
	if (r < 0)
		return r;
	add_view_op(view, PLAN_OP_DETACH, view->top, 0);
	if (alone)
		cover_by_itself(view);
	else
		cover_top(view);
	for (size_t i = 0; i < view->count; i++) {
		const struct tree *tree = &view->tree[i];

		add_view_op(view, PLAN_OP_ATTACH, tree->root, tree->slot);
		add_view_op(view, PLAN_OP_PROTECT, tree->root, 0)->attrs = view->attrs;
	}
	return 0;
}

static uint32_t find_view(const struct plan_ops *ops)
{
	uint32_t at = 0;

	while (at < ops->n_setup && ops->setup[at].kind != PLAN_OP_CGROUP_VIEW)
		at++;
	return at;
}

/* Moves the operations that were added since there were @before to the place of the one at @at. */
static void replace_view_op(struct plan_ops *ops, uint32_t at, uint32_t before)
{
	struct plan_op added[OPS_MAX];
	uint32_t n = ops->n_setup - before;

	memcpy(added, &ops->setup[before], n * sizeof(added[0]));
	memmove(&ops->setup[at + n], &ops->setup[at + 1], (before - at - 1) * sizeof(added[0]));
	memcpy(&ops->setup[at], added, n * sizeof(added[0]));
	ops->n_setup--;
}

int cgroup_view(struct plan *plan, const struct cgroup_manager *manager,
	const struct session_record *record, struct carrel_error *err)
{
	struct plan_ops *ops = plan->ops;
	uint32_t before = ops->n_setup, at = find_view(ops);
	struct view view = {.ops = ops};
	int r;

	if (at == before)
		return 0;
	view.top = ops->strings + ops->setup[at].path;
	view.attrs = ops->setup[at].attrs;
	r = add_view(&view, manager, record_node(record), err);
	if (r < 0)
		return r;
	if (ops->error || ops->n_setup - before > OPS_MAX)
		return error_set(err, -E2BIG, "plan of user %s", plan->user);
	replace_view_op(ops, at, before);
	return 0;
}
