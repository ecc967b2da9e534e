// SPDX-License-Identifier: MIT
/*
 * final.c - carries out the operations that remove what a session leaves, and those for a lease
 * that ends.
 */
#include "view/view.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

/* Carries out one final operation. Returns 0, or -1 and errno. */
static int carry_out_final(struct view_plan *plan, const struct plan_op *op)
{
	int fd = plan->slot[op->slot], patience = (int)op->patience_ms;
	const char *path = string_at(plan, op->path);

	switch (op->kind) {
	case PLAN_OP_LOCK:
		return flock(fd, LOCK_EX);
	case PLAN_OP_LEAVE_CGROUP:
		return view_cgroup_leave(fd, op->path ? path : NULL);
	case PLAN_OP_REMOVE_CGROUP:
		return view_cgroup_remove(fd, path, patience);
	case PLAN_OP_REMOVE_CGROUPS:
		return view_cgroup_remove_below(fd, path, patience);
	case PLAN_OP_UNLINK:
		return unlinkat(fd, path, 0);
	}
	errno = ENOSYS; /* from a newer module */
	return -1;
}

void view_plan_finish(struct view_plan *plan)
{
	bool done = true;

	for (const struct plan_op *op = plan->final; op < plan->final + plan->n_final; op++)
		if (done || !(op->flags & PLAN_OP_THEN))
			done = carry_out_final(plan, op) == 0;
}

/* Finds the operation of that kind for a lease that ends; NULL where there is none. */
static const struct plan_op *find_lost(const struct view_plan *plan, uint32_t kind)
{
	for (uint32_t i = 0; i < plan->n_lost; i++)
		if (plan->lost[i].kind == kind)
			return &plan->lost[i];
	return NULL;
}

void view_plan_lost(struct view_plan *plan, const char *name)
{
	const struct plan_op *op = find_lost(plan, PLAN_OP_LOST_UNLINK);

	if (op)
		unlinkat(plan->slot[op->slot], name, 0);
}

bool view_plan_tidy(struct view_plan *plan, const char *name, int patience)
{
	const struct plan_op *op = find_lost(plan, PLAN_OP_LOST_CGROUP);
	int dir = op ? view_open_path(plan->slot[op->slot], string_at(plan, op->path),
			       O_PATH | O_DIRECTORY)
		     : -1;
	bool gone;

	if (dir < 0)
		return true;
	gone = view_cgroup_remove(dir, name, patience) == 0 || errno != EBUSY;
	close(dir);
	return gone;
}

void view_plan_settle(struct view_plan *plan)
{
	/* The final operations, and those for a lease that ends, are one after the other. */
	const struct plan_op *end = plan->lost + plan->n_lost;

	for (uint32_t slot = 0; slot < PLAN_SLOTS; slot++) {
		int fd = plan->slot[slot];
		bool needed = fd >= 0 && (fd == plan->control || fd == plan->join);

		for (const struct plan_op *op = plan->final; op < end; op++)
			needed |= op->slot == slot;
		if (!needed)
			view_close_slot(plan, slot);
	}
}
