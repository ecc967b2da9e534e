/* SPDX-License-Identifier: MIT */
/*
 * delegation.h - whether a user owns a cgroup: below one, users name others as they like.
 */
#ifndef CARREL_CGROUP_TREE_DELEGATION_H
#define CARREL_CGROUP_TREE_DELEGATION_H

/* Looks whether @path ("/a/b") below @root_fd, or a folder on the way to it, is not root's. Returns
 * 1, 0, -ENOENT where there is no such folder, or -errno. */
int node_is_delegated(int root_fd, const char *path);

/* Looks at the path of a process in the tree of @controllers, as a line of /proc/PID/cgroup has
 * them
 * ("" is cgroup2). Returns what node_is_delegated() does; -ENOENT also where cgroup_root_open()
 * does not find that tree. */
int path_is_delegated(const char *controllers, const char *path);

#endif
