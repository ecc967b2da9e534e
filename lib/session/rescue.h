/* SPDX-License-Identifier: MIT */
/*
 * rescue.h - lets a user in who has used up the quota, or has as many sessions as allowed.
 */
#ifndef CARREL_SESSION_RESCUE_H
#define CARREL_SESSION_RESCUE_H

#include "plan/plan.h"
#include "session/record.h"

/*
 * Makes the session of @record a rescue session where it has to be one: where the plan allows for
 * that, and the user's other sessions leave no room in the user's node or are as many as the user
 * may have (@crowded). The caller is then moved out of that node (cgroup/rescue.h), and @record is
 * marked. The caller holds the user's lock, and the limits are in force.
 *
 * Returns 0; -EUSERS where the user's one rescue session is open, or has nothing left either;
 * -ENOMEM or -ETIMEDOUT; and -EPERM for all other errors, since the user has brought them about.
 */
int session_rescue(const struct plan *plan, struct cgroup_manager *manager, bool crowded,
	deadline_t deadline, struct session_record *record, struct carrel_error *err);

#endif
