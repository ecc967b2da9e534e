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
 * Makes one change for each limit that is set, for memory.high where the policy leaves it open, and
 * for each remembered limit that is no longer wanted. @io_device is that of struct cgroup_setter;
 * of two io.max that come to one device, the lower rates count. @limits must outlive the changes,
 * which changes_free() frees. Returns 0, or -errno with @err set: -ENOMEM, or -EINVAL for a bad CPU
 * list.
 */
int changes_build(const struct cgroup_limits *limits, dev_t (*io_device)(dev_t device),
	const struct cgroup_remembered *remembered, struct cgroup_changes *ret_changes,
	struct carrel_error *err);
void changes_free(struct cgroup_changes *changes);

#endif
