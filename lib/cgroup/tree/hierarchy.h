/* SPDX-License-Identifier: MIT */
/*
 * hierarchy.h - the cgroup v1 hierarchies of a host (cgroups(7)): one tree a controller, or a few.
 * A controller that is bound to one is not in the cgroup2 tree. Internal to lib/cgroup.
 *
 * A user has one node in each, at the same path as in cgroup2: v1 lets processes stand in any node,
 * so there need not be one a login. Who belongs to which login is what the cgroup2 tree says.
 */
#ifndef CARREL_CGROUP_TREE_HIERARCHY_H
#define CARREL_CGROUP_TREE_HIERARCHY_H

#include "cgroup/cgroup.h"

/* Finds the mounted hierarchies whose controllers carrel uses: those it has limits for, and
 * cpuacct. Returns 0 or -errno. */
int hierarchies_open(struct cgroup_manager *manager);
void hierarchies_close(struct cgroup_manager *manager);

/* The hierarchy that has the controller of that limit, or NULL: the cgroup2 tree, or none. */
const struct cgroup_hierarchy *hierarchy_of(
	const struct cgroup_manager *manager, enum cgroup_limit_id id);

/* The directory at @path (with a leading slash). Returns a descriptor (O_PATH) or -errno. */
int hierarchy_open(const struct cgroup_hierarchy *hierarchy, const char *path);

/*
 * Moves the calling process into @user, which is made where it is missing, in every hierarchy, and
 * notes in @place where it came from. A hierarchy that this host has not handed to us (read-only,
 * or another's) is left out: limits of its controllers are refused later, for want of a node.
 * Returns 0, or -errno with @err set; then nothing has changed.
 */
int hierarchies_enter(struct cgroup_manager *manager, const char *user, struct cgroup_place *place,
	struct carrel_error *err);

/* Moves another process into @user, which is made where it is missing, in every hierarchy where it
 * is not there yet. Returns 0; -ESRCH where it has ended, and then whoever has its number since
 * does not stay there; -errno. @err is set. */
int hierarchies_adopt(const struct cgroup_manager *manager, const char *user, pid_t pid, int pidfd,
	struct carrel_error *err);

/* Makes @node in every hierarchy that was entered for @place; then moves the calling process there,
 * which hierarchies_leave() undoes as well. Return 0 or -errno with @err set. */
int hierarchies_make(const struct cgroup_manager *manager, const char *node,
	const struct cgroup_place *place, struct carrel_error *err);
int hierarchies_move(const struct cgroup_manager *manager, const char *node,
	const struct cgroup_place *place, struct carrel_error *err);

/* Moves the calling process back where @place says. Returns 0 or the first -errno. */
int hierarchies_leave(const struct cgroup_manager *manager, const struct cgroup_place *place,
	struct carrel_error *err);

/* Removes the node @user where it is empty, and where it is gone, @rescue (may be NULL) likewise.
 * Returns 0, or -errno (-EBUSY is none). */
int hierarchies_remove(const struct cgroup_manager *manager, const char *user, const char *rescue);

/* Whether there is a node @user in any of them. */
bool hierarchies_have(const struct cgroup_manager *manager, const char *user);

#endif
