/* SPDX-License-Identifier: MIT */
/*
 * removal.h - plans what session-init removes from the host when it ends. The opener cannot be
 * relied on for that: it may be killed.
 */
#ifndef CARREL_SESSION_REMOVAL_H
#define CARREL_SESSION_REMOVAL_H

#include "base/error.h"
#include "cgroup/cgroup.h"
#include "plan/plan.h"
#include "session/record.h"

/*
 * Fills the lists "keep", "final" and "lost" of @plan, so that session-init removes the session's
 * cgroups, record and control socket when it ends, and the user's node with the user's last
 * session. Returns 0, or -E2BIG and @err.
 */
int removal_plan(struct plan *plan, const struct cgroup_manager *manager,
	const struct session_record *record, struct carrel_error *err);

#endif
