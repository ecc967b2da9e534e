/* SPDX-License-Identifier: MIT */
/*
 * cgroup_view.h - shows a session its user's own cgroups, and so the quota, in place of the host's.
 */
#ifndef CARREL_SESSION_CGROUP_VIEW_H
#define CARREL_SESSION_CGROUP_VIEW_H

#include "base/error.h"
#include "cgroup/cgroup.h"
#include "plan/plan.h"
#include "session/record.h"

/*
 * Replaces the plan's PLAN_OP_CGROUP_VIEW, if it has one, by the operations that show, read-only,
 * the node of @record (record_node()) in every tree that has it. The nodes cannot go meanwhile: the
 * caller stands below them, or holds the user's lock. Returns 0, or -errno and @err: -E2BIG, or the
 * error of a hierarchy that could not be looked at.
 */
int cgroup_view(struct plan *plan, const struct cgroup_manager *manager,
	const struct session_record *record, struct carrel_error *err);

#endif
