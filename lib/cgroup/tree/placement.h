/* SPDX-License-Identifier: MIT */
/*
 * placement.h - puts processes into a user's node of every cgroup v1 hierarchy, and takes them out
 * again. Internal to lib/cgroup.
 *
 * A user has one node in each hierarchy, at the same path as in cgroup2: v1 lets processes stand in
 * any node, so a login needs none of its own. The cgroup2 tree alone says which login a process
 * belongs to.
 */
#ifndef CARREL_CGROUP_TREE_PLACEMENT_H
#define CARREL_CGROUP_TREE_PLACEMENT_H

#include "cgroup/cgroup.h"

/*
 * Moves the calling process into the node @user, which is made where it is missing, in every
 * hierarchy, and notes in @place where the process came from. A hierarchy that this host has not
 * handed to us (it is read-only, or somebody else's) is left out: limits of its controllers are
 * refused later, for want of a node. Returns 0, or -errno with @err set; then nothing has changed.
 */
int placement_enter(struct cgroup_manager *manager, const char *user, struct cgroup_place *place,
	struct carrel_error *err);

/* Moves the process @pid, whose pidfd is @pidfd, into the node @user, which is made where it is
 * missing, in every hierarchy. Returns 0; -ESRCH where the process has ended, and then a stranger
 * that has its number by now is taken out of @user again; -errno. Sets @err. */
int placement_adopt(const struct cgroup_manager *manager, const char *user, pid_t pid, int pidfd,
	struct carrel_error *err);

/* Makes the node @node in every hierarchy that was entered for @place. Returns 0 or -errno with
 * @err set. */
int placement_make(const struct cgroup_manager *manager, const char *node,
	const struct cgroup_place *place, struct carrel_error *err);

/* Moves the calling process into @node in every hierarchy that was entered for @place;
 * placement_leave() undoes this too. Returns 0 or -errno with @err set. */
int placement_move(const struct cgroup_manager *manager, const char *node,
	const struct cgroup_place *place, struct carrel_error *err);

/* Moves the calling process back to where @place says that it came from. Returns 0, or the first
 * -errno with @err set. */
int placement_leave(const struct cgroup_manager *manager, const struct cgroup_place *place,
	struct carrel_error *err);

/* Removes the node @user where it is empty, and where it is gone, @rescue (may be NULL) likewise.
 * Returns 0, also where they are not empty, or -errno. */
int placement_remove(const struct cgroup_manager *manager, const char *user, const char *rescue);

/* Returns whether any hierarchy has a node @user. */
bool placement_exists(const struct cgroup_manager *manager, const char *user);

#endif
