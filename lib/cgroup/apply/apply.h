/* SPDX-License-Identifier: MIT */
/*
 * apply.h - brings a user's node from the limits that hold to those that a policy wants. What all
 * managers have in common is here; a manager only knows how to set a value. Internal to lib/cgroup.
 */
#ifndef CARREL_CGROUP_APPLY_APPLY_H
#define CARREL_CGROUP_APPLY_APPLY_H

#include "cgroup/cgroup.h"
#include "cgroup/setting.h"

enum cgroup_change_state { CHANGE_OPEN, CHANGE_HOLDS, CHANGE_SKIPPED };

/* Describes one value that is to hold in the node. */
struct cgroup_change {
	struct cgroup_setting wanted;
	struct cgroup_setting present; /* what held at first */
	bool optional;                 /* may fail: "?" in the policy */
	bool implied; /* carrel's own idea, not the policy's: may fail in silence */
	bool reset;   /* gives back what held before carrel came */
	enum cgroup_change_state state;
	const char *path; /* of io.max: as the policy names it, or NULL */
};

struct cgroup_setter {
	/*
	 * Asks for the @count changes of the node @path at once; the caller reads back whether they
	 * hold. Returns 0, or -errno with @err set.
	 */
	int (*set)(struct cgroup_manager *manager, const char *path,
		struct cgroup_change *const *changes, size_t count, deadline_t deadline,
		struct carrel_error *err);
	/*
	 * Waits until set() has had its effect, or never will. Returns 0, or -errno with @err set.
	 * NULL where set() returns no sooner than that.
	 */
	int (*settle)(struct cgroup_manager *manager, const char *path, deadline_t deadline,
		struct carrel_error *err);
	/* The manager keeps values of a node that is gone, and they come back with it. */
	bool outlives_node;
	/* The node is carrel's own: nothing held there before, so nothing is to be given back. */
	bool own_node;
	/* Returns the device that the manager limits where it is told @device. NULL: the same. */
	dev_t (*io_device)(dev_t device);
};

/* Does what apply() of struct cgroup_manager_ops promises for the user's existing node @path, by
 * means of @setter. Returns 0 or -errno with request->err set. */
int cgroup_apply(struct cgroup_manager *manager, const struct cgroup_setter *setter,
	const char *path, struct cgroup_request *request);

#endif
