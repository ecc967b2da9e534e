// SPDX-License-Identifier: MIT
#include "plan/empty_root.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "plan/builders.h"
#include "plan/libraries.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* The new root is put together on top of this folder, out of the way of all that is shown in it. */
#define STAGE "/proc"

bool plan_root_is_plain(const char *path)
{
	if (!path || path[0] != '/' || strpbrk(path, ":\n"))
		return false;
	for (const char *part = path; part; part = strchr(part + 1, '/')) {
		size_t length = strcspn(part + 1, "/");

		if (length == 0 || (length == 1 && part[1] == '.') ||
			(length == 2 && part[1] == '.' && part[2] == '.'))
			return false;
	}
	return true;
}

void plan_root_begin(struct plan_ops *ops)
{
	plan_add_tmpfs(ops, PLAN_ROOT_SLOT, PLAN_ROOT_BYTES, 0755)->attrs |= MOUNT_ATTR_NOEXEC;
	plan_ops_add(ops, PLAN_OP_STAGE, STAGE, NULL)->slot = PLAN_ROOT_SLOT;
}

static bool is_made(const struct plan_ops *ops, const char *path)
{
	for (uint32_t i = 0; i < ops->n_setup; i++)
		if (ops->setup[i].kind == PLAN_OP_MKDIR &&
			strcmp(ops->strings + ops->setup[i].path, path) == 0)
			return true;
	return false;
}

void plan_root_folder(struct plan_ops *ops, const char *path, unsigned mode)
{
	struct plan_op *op;

	if (!*path || is_made(ops, path))
		return;
	op = plan_ops_add(ops, PLAN_OP_MKDIR, path, NULL);
	op->slot = PLAN_ROOT_SLOT;
	op->perm = mode;
}

void plan_root_folders(struct plan_ops *ops, const char *path, bool itself)
{
	char part[PATH_MAX];
	size_t length = strlen(path);

	for (size_t i = 1; i <= length && i < sizeof(part); i++) {
		if (i < length ? path[i] != '/' : !itself)
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)(i - 1), path + 1);
		plan_root_folder(ops, part, 0755);
	}
}

void plan_root_file(struct plan_ops *ops, const char *path, const char *text)
{
	struct plan_op *op =
		plan_ops_add(ops, PLAN_OP_FILE, path, (const char *const[]){text, NULL});

	op->slot = PLAN_ROOT_SLOT;
	op->perm = 0444;
}

void plan_root_link(struct plan_ops *ops, const char *path, const char *text)
{
	plan_ops_add(ops, PLAN_OP_SYMLINK, path, (const char *const[]){text, NULL})->slot =
		PLAN_ROOT_SLOT;
}

int plan_root_bind(struct plan_ops *ops, const char *source, const char *target, uint64_t attrs,
	struct carrel_error *err)
{
	cleanup_free char *canonical = NULL;
	struct plan_op *op;
	int r = fd_canonical_trusted(source, &canonical);

	if (r < 0)
		return error_set(err, r, "%s", source);
	plan_root_folders(ops, target, false);
	op = plan_ops_add(ops, PLAN_OP_BIND, canonical, (const char *const[]){target + 1, NULL});
	op->slot = PLAN_ROOT_SLOT;
	op->attrs = attrs;
	return 0;
}

int plan_root_bind_if_there(
	struct plan_ops *ops, const char *source, const char *target, uint64_t attrs)
{
	int r = plan_root_bind(ops, source, target, attrs, NULL);

	return r == -ENOMEM ? r : 0;
}

int plan_root_program(struct plan_ops *ops, const char *program, struct carrel_error *err)
{
	char **libraries = NULL;
	int r = plan_libraries(program, &libraries, err);

	if (r == 0)
		r = plan_root_bind(ops, program, program, PLAN_ROOT_PROGRAM, err);
	for (char **path = libraries; r == 0 && path && *path; path++)
		r = plan_root_bind(ops, *path, *path, PLAN_ROOT_PROGRAM, err);
	plan_libraries_free(libraries);
	return r;
}

void plan_root_enter(struct plan_ops *ops, const char *proc, uint64_t attrs)
{
	struct plan_op *op;

	plan_ops_add(ops, PLAN_OP_PIVOT, NULL, NULL)->slot = PLAN_ROOT_SLOT;
	if (proc) {
		op = plan_ops_add(
			ops, PLAN_OP_NEW_FS, "proc", (const char *const[]){"subset=pid", NULL});
		op->slot = PLAN_ROOT_WORK;
		op->attrs = attrs;
		plan_add_attach(ops, PLAN_ROOT_WORK, proc);
	}
	plan_ops_add(ops, PLAN_OP_PROTECT, "/", NULL)->attrs = MOUNT_ATTR_RDONLY;
}
