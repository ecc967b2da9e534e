/* SPDX-License-Identifier: MIT */
/*
 * backend.h - the backends that cgroup_manager_open() chooses from. Internal to lib/cgroup.
 */
#ifndef CARREL_CGROUP_BACKEND_H
#define CARREL_CGROUP_BACKEND_H

#include "cgroup/cgroup.h"

extern const struct cgroup_manager_ops cgroup_systemd_ops;
extern const struct cgroup_manager_ops cgroup_cgroupfs_ops;

#endif
