/* SPDX-License-Identifier: MIT */
/*
 * nodes.h - the paths of a user's two nodes. nodes.c also finds and removes them (cgroup.h).
 * Internal to lib/cgroup.
 */
#ifndef CARREL_CGROUP_CGROUPFS_NODES_H
#define CARREL_CGROUP_CGROUPFS_NODES_H

#include <stddef.h>
#include <sys/types.h>

/* Writes the path of the user's node, "/carrel/user-1001", to @buf. Returns 0 or -ENAMETOOLONG. */
int cgroupfs_user_path(uid_t uid, char *buf, size_t size);

/* Writes the path of the node for rescue sessions, "/carrel/rescue-1001", to @buf. Returns 0 or
 * -ENAMETOOLONG. */
int cgroupfs_rescue_path(uid_t uid, char *buf, size_t size);

#endif
