/* SPDX-License-Identifier: MIT */
/*
 * delegation.h - whose a cgroup is: one that is a user's may be called anything.
 */
#ifndef CARREL_CGROUP_TREE_DELEGATION_H
#define CARREL_CGROUP_TREE_DELEGATION_H

/* Whether a folder on the way to @path ("/a/b") below @root_fd, or that itself, is not root's: 1, 0
 * or -errno, -ENOENT where there is no such folder. */
int node_is_delegated(int root_fd, const char *path);

/* The same in the hierarchy of these @controllers, as a line of /proc/PID/cgroup names them, where
 * that is mounted in a usual place: -ENOENT elsewhere. */
int path_is_delegated(const char *controllers, const char *path);

#endif
