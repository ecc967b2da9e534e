/* SPDX-License-Identifier: MIT */
/*
 * shared.h - one sandbox for all logins of a user (share = user): the first login makes it, and
 * later ones join it.
 *
 * Both happen under the user's lock, so that there never are two. The sandbox has a record, an id
 * and a cgroup of its own, so that what ends a login does not end it for the others. A login waits
 * for a sandbox that is just ending.
 */
#ifndef CARREL_SESSION_SHARED_H
#define CARREL_SESSION_SHARED_H

#include "base/deadline.h"
#include "cgroup/cgroup.h"
#include "plan/plan.h"
#include "session/inventory.h"
#include "session/record.h"
#include "session/spawn.h"

/*
 * Joins the sandbox of the plan's user, which @inventory has, for the login @name, whose lease the
 * calling process then holds until it calls init_release() for *ret_init. The process that is
 * joined is the one that the record names by pid and start time, and that listens at the socket; a
 * path proves nothing. Returns 1, *ret_record and *ret_init; 0 where there is no sandbox; or -errno
 * and @err: -EPERM for one that was made for another account, which had the uid before.
 */
int shared_join(const struct plan *plan, const struct inventory *inventory, const char *name,
	deadline_t deadline, struct session_record *ret_record, struct init_process *ret_init,
	struct carrel_error *err);

/*
 * Makes a sandbox: starts a session-init in a cgroup of its own, which carries the plan out while
 * the caller goes on (init_await()), and gives it the descriptor @terminals. @record holds the
 * sandbox's id, and gets its process and place; the plan gets the operations of removal_plan().
 * Returns 0 and *ret_init, or -errno and @err, and then nothing is left.
 */
int shared_make(struct plan *plan, struct cgroup_manager *manager, const char *name, int terminals,
	deadline_t deadline, struct session_record *record, struct init_process *ret_init,
	struct carrel_error *err);

/* Ends the sandbox that shared_make() has just made, and leaves nothing of it behind. */
void shared_undo(struct cgroup_manager *manager, const struct session_record *record,
	struct init_process *init);

#endif
