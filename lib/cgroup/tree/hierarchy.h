/* SPDX-License-Identifier: MIT */
/*
 * hierarchy.h - the cgroup v1 hierarchies of a host (cgroups(7)): each has a tree of its own for
 * one controller or a few. The cgroup2 tree does not have a controller that is bound to one of
 * them. Internal to lib/cgroup.
 */
#ifndef CARREL_CGROUP_TREE_HIERARCHY_H
#define CARREL_CGROUP_TREE_HIERARCHY_H

#include "cgroup/cgroup.h"

/* Finds and opens the mounted hierarchies that have a controller which carrel limits, or cpuacct.
 * hierarchies_close() closes them, after an error too. Returns 0 or -errno. */
int hierarchies_open(struct cgroup_manager *manager);
void hierarchies_close(struct cgroup_manager *manager);

/* Returns the hierarchy that has the controller of the limit @id, or NULL where the cgroup2 tree
 * has it, or none. */
const struct cgroup_hierarchy *hierarchy_of(
	const struct cgroup_manager *manager, enum cgroup_limit_id id);

/* Returns the hierarchy with exactly these @controllers ("cpu,cpuacct"), or NULL. */
const struct cgroup_hierarchy *hierarchy_find(
	const struct cgroup_manager *manager, const char *controllers);

/* Returns whether @controller ("cpu") is bound to @hierarchy. */
bool hierarchy_has(const struct cgroup_hierarchy *hierarchy, const char *controller);

/* Opens the directory @path, which begins with a slash. Returns a descriptor (O_PATH, O_CLOEXEC) or
 * -errno, -ENOENT where the hierarchy is closed to us. */
int hierarchy_open(const struct cgroup_hierarchy *hierarchy, const char *path);

#endif
