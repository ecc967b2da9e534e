/* SPDX-License-Identifier: MIT */
/*
 * quota_lift.h - gives back the quotas of users whom no policy limits any more.
 *
 * A user's limits outlive their sessions (systemd keeps them in /run), and the next session sets
 * those of the policy of its day. Where there is no next session of carrel's, nobody would.
 */
#ifndef CARREL_SESSION_QUOTA_LIFT_H
#define CARREL_SESSION_QUOTA_LIFT_H

#include "base/deadline.h"
#include "base/error.h"
#include "cgroup/cgroup.h"

/* Gives back the limits that carrel has set for @uid, unless the user has sessions of carrel's
 * open. The calling process is a login of that user. Where there are none, this costs one look-up.
 * Needs root. Returns 1 if there were limits, 0 if not, or -errno with @err. */
int quotas_lift(
	uid_t uid, enum cgroup_manager_kind kind, deadline_t deadline, struct carrel_error *err);

/* Gives back the limits that carrel has set for anybody, logged in or not, and takes @usec
 * microseconds for each at the most. It forks, and goes on after an error. Returns how many users
 * had limits, or the first -errno with @err. */
int quotas_lift_all(enum cgroup_manager_kind kind, uint64_t usec, struct carrel_error *err);

#endif
