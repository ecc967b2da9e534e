/* SPDX-License-Identifier: MIT */
/*
 * rescue.h - the step of opening a session that lets a user in who has used up the quota, or the
 * sessions.
 */
#ifndef CARREL_SESSION_RESCUE_H
#define CARREL_SESSION_RESCUE_H

#include "plan/plan.h"
#include "session/record.h"

/*
 * Where the plan allows for a rescue session, and other sessions of the user leave no room in the
 * user's node for this one, or are as many as the user may have (@crowded), moves the caller out of
 * it (cgroup/rescue.h) and marks @record. The caller holds the user's lock, and the limits are in
 * force.
 *
 * Returns 0; -EUSERS where the one rescue session is open, or has nothing left either; -ENOMEM or
 * -ETIMEDOUT; and -EPERM for all else, because that it came to this is the user's doing.
 */
int session_rescue(const struct plan *plan, struct cgroup_manager *manager, bool crowded,
	deadline_t deadline, struct session_record *record, struct carrel_error *err);

#endif
