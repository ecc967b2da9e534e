// SPDX-License-Identifier: MIT
#include "session/parts.h"
#include "view/view.h"

#include <stdbool.h>
#include <string.h>
#include <sys/fsuid.h>
#include <unistd.h>

/* The part that was made last, for as long as its slot has it. */
struct last_part {
	int fd; /* of the parts; -1: none */
	uint32_t slot;
	uint32_t op; /* that made it */
};

/* A new file system is its maker's. The calling thread may be of any group, as that of su is. */
static bool be_root(int *ret_uid, int *ret_gid)
{
	*ret_uid = setfsuid(0);
	*ret_gid = setfsgid(0);
	return setfsuid((uid_t)-1) == 0 && setfsgid((gid_t)-1) == 0;
}

static void be_as_before(int uid, int gid)
{
	setfsgid((gid_t)gid);
	setfsuid((uid_t)uid);
}

static void make_part(
	struct plan_ops *ops, uint32_t index, struct last_part *last, struct parts *parts)
{
	struct plan_op *op = &ops->setup[index];

	last->fd = -1;
	if (parts->count == PLAN_PARTS_MAX || strcmp(ops->strings + op->fs_type, "tmpfs") != 0)
		return;
	last->fd = view_new_fs("tmpfs", op->text ? ops->strings + op->text : "", op->attrs);
	if (last->fd < 0)
		return;
	last->slot = op->slot;
	last->op = index;
	parts->fd[parts->count++] = last->fd;
	op->flags |= PLAN_OP_MADE;
}

/* Takes the last part back: a folder in it may be there, and not be as it should. */
static void drop_last_part(struct plan_ops *ops, struct last_part *last, struct parts *parts)
{
	close(parts->fd[--parts->count]);
	for (uint32_t i = last->op; i < ops->n_setup; i++)
		ops->setup[i].flags &= ~(uint32_t)PLAN_OP_MADE;
	last->fd = -1;
}

static void part_add_folder(
	struct plan_ops *ops, struct plan_op *op, struct last_part *last, struct parts *parts)
{
	if (last->fd < 0 || op->slot != last->slot)
		return;
	if (view_mkdir(last->fd, ops->strings + op->path, op->perm, op->uid, op->gid) == 0)
		op->flags |= PLAN_OP_MADE;
	else
		drop_last_part(ops, last, parts);
}

static void make_each(struct plan_ops *ops, struct parts *parts)
{
	struct last_part last = {.fd = -1};

	for (uint32_t i = 0; i < ops->n_setup; i++) {
		struct plan_op *op = &ops->setup[i];

		if (op->kind == PLAN_OP_NEW_FS)
			make_part(ops, i, &last, parts);
		else if (op->kind == PLAN_OP_MKDIR)
			part_add_folder(ops, op, &last, parts);
		else if (op->slot == last.slot)
			last.fd = -1;
	}
}

void parts_make(struct plan_ops *ops, struct parts *ret_parts)
{
	int uid, gid;

	ret_parts->count = 0;
	if (be_root(&uid, &gid))
		make_each(ops, ret_parts);
	be_as_before(uid, gid);
}

void parts_free(struct parts *parts)
{
	while (parts->count > 0)
		close(parts->fd[--parts->count]);
}
