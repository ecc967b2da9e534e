/* SPDX-License-Identifier: MIT */
/*
 * cgroup_view.h - the quota, seen from inside: the user's own cgroups in the place of the host's.
 */
#ifndef CARREL_SESSION_CGROUP_VIEW_H
#define CARREL_SESSION_CGROUP_VIEW_H

#include "base/error.h"
#include "cgroup/cgroup.h"
#include "plan/plan.h"
#include "session/record.h"

/*
 * Puts the operations that show the node of @record (record_node()) of every tree that has it,
 * read-only, in the place of the plan's PLAN_OP_CGROUP_VIEW, if it has one. The nodes are there:
 * the caller stands below them, or has the user's lock. Comes before removal_plan(). 0, or
 * -E2BIG, or -errno where a hierarchy could not be looked at.
 */
int cgroup_view(struct plan *plan, const struct cgroup_manager *manager,
	const struct session_record *record, struct carrel_error *err);

#endif
