// SPDX-License-Identifier: MIT
/*
 * mounts.c - the operations and look-ups that every part of a view needs to mount something.
 */
#include "base/fd.h"
#include "plan/builders.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdio.h>

int plan_mountpoint(const char *path, char **ret_path, struct carrel_error *err)
{
	int r = fd_canonical_trusted(path, ret_path);

	if (r == -ENOENT || r == -ENOTDIR) {
		*ret_path = NULL;
		return 0;
	}
	return r < 0 ? error_set(err, r, "mountpoint %s", path) : 0;
}

struct plan_op *plan_add_tmpfs(
	struct plan_ops *ops, uint32_t slot, uint64_t max_bytes, unsigned mode)
{
	enum { PAGE = 4096, INODES_MIN = 1024 };
	uint64_t inodes = max_bytes / PAGE;
	char size[48], nr_inodes[48], perm[16];
	const char *const options[] = {size, nr_inodes, perm, NULL};
	struct plan_op *op;

	if (inodes < INODES_MIN)
		inodes = INODES_MIN;
	/* size=0 would mean "no bound" (tmpfs(5)). */
	snprintf(size, sizeof(size), "size=%llu",
		(unsigned long long)(max_bytes ? max_bytes : PAGE));
	snprintf(nr_inodes, sizeof(nr_inodes), "nr_inodes=%llu", (unsigned long long)inodes);
	snprintf(perm, sizeof(perm), "mode=%o", mode);
	op = plan_ops_add(ops, PLAN_OP_NEW_FS, "tmpfs", options);
	op->slot = slot;
	op->attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	return op;
}

struct plan_op *plan_add_attach(struct plan_ops *ops, uint32_t slot, const char *path)
{
	struct plan_op *op = plan_ops_add(ops, PLAN_OP_ATTACH, path, NULL);

	op->slot = slot;
	return op;
}
