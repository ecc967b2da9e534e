/* SPDX-License-Identifier: MIT */
/*
 * changes.h - the list of changes that takes a user from what carrel has set to what a policy
 * wants. Pure data: nothing is read or written. Internal to lib/cgroup.
 */
#ifndef CARREL_CGROUP_APPLY_CHANGES_H
#define CARREL_CGROUP_APPLY_CHANGES_H

#include "cgroup/apply/apply.h"
#include "cgroup/apply/remembered.h"

struct cgroup_changes {
	struct cgroup_change *item; /* owned */
	size_t count;
};

/*
 * One change for each limit that is set, for memory.high where the policy leaves it open, and for
 * each remembered limit that is no longer wanted. @limits must outlive them. Free with
 * changes_free(). Returns 0, -ENOMEM, or -EINVAL with @err (a CPU list that is none).
 */
int changes_build(const struct cgroup_limits *limits, dev_t (*io_device)(dev_t device),
	const struct cgroup_remembered *remembered, struct cgroup_changes *ret_changes,
	struct carrel_error *err);
void changes_free(struct cgroup_changes *changes);

#endif
