/* SPDX-License-Identifier: MIT */
/*
 * final.h - what session-init removes from the host when it ends: it outlives an opener that is
 * killed.
 */
#ifndef CARREL_SESSION_FINAL_H
#define CARREL_SESSION_FINAL_H

#include "base/error.h"
#include "cgroup/cgroup.h"
#include "plan/plan.h"
#include "session/record.h"

/*
 * Adds to @plan the operations by which session-init ends: the session's cgroups, record and
 * control socket go, the user's node with the last session. Those that keep hold of the host's
 * folders till then come first of all, before the sandbox covers any. 0, or -E2BIG.
 */
int final_operations(struct plan *plan, const struct cgroup_manager *manager,
	const struct session_record *record, struct carrel_error *err);

#endif
