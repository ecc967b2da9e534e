/* SPDX-License-Identifier: MIT */
/*
 * hold.h - a login that was refused, whose caller goes on all the same.
 *
 * sshd keeps a connection whose session could not be opened (ssh -N), with a process of the user's.
 * Outside of the user's node these would count nowhere.
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
 * Puts the calling process below the node of @uid, which gets @limits (NULL: those that it has), or
 * below the rescue node (cgroup/rescue.h) where that is used up. One that is below either stays.
 * Returns 0 and *ret_hold, also where only the limits failed (@err then says so); or -errno, with
 * the caller where it was.
 */
int session_hold(uid_t uid, const struct cgroup_limits *limits, enum cgroup_manager_kind manager,
	deadline_t deadline, struct session_hold *ret_hold, struct carrel_error *err);

/* Back to where it came from; removes what was made for it, once the caller's children have ended,
 * for a second at the most. */
void session_hold_end(const struct session_hold *hold);

#endif
