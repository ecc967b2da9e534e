/* SPDX-License-Identifier: MIT */
/*
 * cpuset.h - what is peculiar to cpuset.cpus: a list is bounded by the CPUs that are there, and
 * cannot always be empty. Internal to lib/cgroup.
 */
#ifndef CARREL_CGROUP_APPLY_CPUSET_H
#define CARREL_CGROUP_APPLY_CPUSET_H

#include "cgroup/apply/apply.h"

/*
 * Replaces the CPUs that @change wants by those that the node @path can hold, once change->present
 * is known. In a v1 hierarchy a list is never empty, and has no CPU that the node above does not
 * have; in cgroup2 it cannot be emptied again while processes are in it (ENOSPC). Where all CPUs
 * would have to go, or nobody can tell which are there, the list stays as it is.
 */
void cpuset_fit(
	const struct cgroup_manager *manager, const char *path, struct cgroup_change *change);

/* Returns false if the machine has none of the CPUs that @change wants: the kernel would take such
 * a list, and let processes run on all CPUs. */
bool cpuset_possible(
	const struct cgroup_manager *manager, const char *path, const struct cgroup_change *change);

#endif
