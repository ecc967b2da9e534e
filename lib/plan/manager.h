/* SPDX-License-Identifier: MIT */
/*
 * manager.h - the cgroup manager that carrel.ini asks for, as a login would get it.
 */
#ifndef CARREL_PLAN_MANAGER_H
#define CARREL_PLAN_MANAGER_H

#include "cgroup/cgroup.h"
#include "policy/policy.h"

/* The kind that carrel.ini names; a refused carrel.ini is its defaults. */
enum cgroup_manager_kind manager_configured(void);

/* Opens it; the whole of it and what is asked of it later has a few seconds. */
int manager_open(struct cgroup_manager **ret_manager, struct carrel_error *err);

#endif
