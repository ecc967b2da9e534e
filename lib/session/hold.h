/* SPDX-License-Identifier: MIT */
/*
 * hold.h - keeps a caller that goes on after its login was refused below the user's limits.
 *
 * sshd keeps a connection whose session could not be opened (ssh -N), with a process of the user's.
 * Outside of the user's node such processes would count nowhere.
 */
#ifndef CARREL_SESSION_HOLD_H
#define CARREL_SESSION_HOLD_H

#include "base/deadline.h"
#include "base/error.h"
#include "cgroup/cgroup.h"

struct session_hold {
	enum cgroup_manager_kind manager;
	struct cgroup_place place; /* not moved: the caller stood there already */
};

/*
 * Moves the calling process below the node of @uid, which gets @limits (NULL: it keeps those that
 * it has), or below the rescue node (cgroup/rescue.h) where the user's limits are used up. A
 * process that stands below either stays there. Returns 0 and *ret_hold, also where only the limits
 * could not be set (@err then says why); or -errno and @err, and the caller stays where it was.
 */
int session_hold(uid_t uid, const struct cgroup_limits *limits, enum cgroup_manager_kind manager,
	deadline_t deadline, struct session_hold *ret_hold, struct carrel_error *err);

/* Moves the calling process back to where it came from, and removes what session_hold() made, once
 * the caller's children have ended; it waits for that for a second at the most. */
void session_hold_end(const struct session_hold *hold);

#endif
