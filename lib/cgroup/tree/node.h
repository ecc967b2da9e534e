/* SPDX-License-Identifier: MIT */
/*
 * node.h - one cgroup as a directory. Paths are those of cgroup.h: relative to the cgroup2 mount,
 * with a leading slash. Internal to lib/cgroup.
 */
#ifndef CARREL_CGROUP_TREE_NODE_H
#define CARREL_CGROUP_TREE_NODE_H

#include "cgroup/cgroup.h"
#include "cgroup/setting.h"

/* Opens the directory of the node @path. Returns a descriptor (O_PATH, O_CLOEXEC) or -errno. */
int node_open(const struct cgroup_manager *manager, const char *path);

/* Moves the calling process into the node @path. Returns 0 or -errno. */
int node_enter(const struct cgroup_manager *manager, const char *path);

/*
 * Moves the process @pid, whose pidfd is @pidfd, into the node @path. The kernel takes a number,
 * which may be another's by now: node_settle_process() sees to that. Returns 0, -ESRCH or -errno.
 */
int node_move_process(const struct cgroup_manager *manager, const char *path, pid_t pid, int pidfd);

/*
 * Makes sure, after @pid was moved into the node @path by its number, that this was the process of
 * @pidfd. Returns 0 where that process is still there, and -ESRCH where it has ended; then a
 * stranger that has its number by now, and stands in @path, is moved to where its parent stands.
 * Returns -errno where nobody can tell.
 */
int node_settle_process(
	const struct cgroup_manager *manager, const char *path, pid_t pid, int pidfd);

/* Looks whether @word is one of the words in @file ("cgroup.controllers") of the node @path.
 * Returns 1, 0 or -errno. */
int node_has_word(
	const struct cgroup_manager *manager, const char *path, const char *file, const char *word);

/* Reads setting->value of the node @path, whose cgroup2 directory is @fd, from the tree that has
 * the controller. Where there is no such node or file nobody limits, and it is the inherent value.
 * Returns 0 or -errno. */
int node_read_setting(const struct cgroup_manager *manager, const char *path, int fd,
	struct cgroup_setting *setting);

#endif
