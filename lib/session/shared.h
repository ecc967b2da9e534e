/* SPDX-License-Identifier: MIT */
/*
 * shared.h - one sandbox a user (share = user): the first login makes it, later ones join.
 *
 * Both under the user's lock, so that there never are two. The sandbox has a record, an id and a
 * cgroup of its own: what ends a login ends it for nobody else. A sandbox that is just ending is
 * waited for.
 */
#ifndef CARREL_SESSION_SHARED_H
#define CARREL_SESSION_SHARED_H

#include "base/deadline.h"
#include "cgroup/cgroup.h"
#include "plan/plan.h"
#include "session/record.h"
#include "session/spawn.h"

/*
 * Joins the sandbox of the plan's user for the login @name, whose lease the calling process then
 * holds as long as *ret_init->socket is not used for init_release(). What is joined is the process
 * that the record names by pid and start time, and that listens at the socket; no path proves
 * anything. Returns 1 and *ret_record, *ret_init; 0 where there is none; -errno and @err: -EPERM
 * for one that was made for another account, which had the uid before.
 */
int shared_join(const struct plan *plan, const char *name, deadline_t deadline,
	struct session_record *ret_record, struct init_process *ret_init, struct carrel_error *err);

/*
 * Makes one: session-init in a cgroup of its own, which carries the plan out from now on
 * (init_await()), with the descriptor @terminals for it. @record holds its id, and gets its process
 * and place; the plan gets the final operations. On failure nothing is left; later, shared_undo()
 * does that.
 */
int shared_make(struct plan *plan, struct cgroup_manager *manager, const char *name, int terminals,
	deadline_t deadline, struct session_record *record, struct init_process *ret_init,
	struct carrel_error *err);
void shared_undo(struct cgroup_manager *manager, const struct session_record *record,
	struct init_process *init);

#endif
