/* SPDX-License-Identifier: MIT */
/*
 * manager.h - the cgroup manager that carrel.ini asks for, as a login would get it.
 */
#ifndef CARREL_PLAN_MANAGER_H
#define CARREL_PLAN_MANAGER_H

#include "cgroup/cgroup.h"
#include "policy/policy.h"

/* Returns the kind of manager that a carrel.ini with that setting asks for. */
enum cgroup_manager_kind manager_kind(enum host_manager configured);

/* Reads carrel.ini and returns the kind that it asks for. A carrel.ini that is refused counts as
 * one that sets nothing. */
enum cgroup_manager_kind manager_configured(void);

/* Opens a manager of that kind; this, and all that is asked of the manager later, has ten seconds
 * together. Returns 0 and *ret_manager, to be freed with cgroup_manager_free(), or -errno and @err.
 */
int manager_open(struct cgroup_manager **ret_manager, struct carrel_error *err);

#endif
