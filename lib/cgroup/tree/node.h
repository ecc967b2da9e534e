/* SPDX-License-Identifier: MIT */
/*
 * node.h - one cgroup as a directory. Paths are those of cgroup.h: relative to the cgroup2 mount,
 * with a leading slash. Internal to lib/cgroup.
 */
#ifndef CARREL_CGROUP_TREE_NODE_H
#define CARREL_CGROUP_TREE_NODE_H

#include "cgroup/cgroup.h"
#include "cgroup/setting.h"

/* The directory at @path. Returns a descriptor (O_PATH, O_CLOEXEC) or -errno. */
int node_open(const struct cgroup_manager *manager, const char *path);

/* Moves the calling process into @path. Returns 0 or -errno. */
int node_enter(const struct cgroup_manager *manager, const char *path);

/*
 * Moves the process @pid, whose pidfd is @pidfd, into @path. A number says who is meant only while
 * its process is there: where that has ended, node_settle_process() is what happens. Returns 0,
 * -ESRCH or -errno.
 */
int node_move_process(const struct cgroup_manager *manager, const char *path, pid_t pid, int pidfd);

/*
 * After @pid was moved into @path by its number: 0 where the process of @pidfd is still there, and
 * so was the one that was moved. Else -ESRCH; and whoever has that number by now, and stands in
 * @path, is put where its parent stands.
 */
int node_settle_process(
	const struct cgroup_manager *manager, const char *path, pid_t pid, int pidfd);

/* Whether @word is one of the words in @file ("cgroup.controllers") of @path: 1, 0 or -errno. */
int node_has_word(
	const struct cgroup_manager *manager, const char *path, const char *file, const char *word);

/* Reads setting->value of the node @path, whose cgroup2 directory is @fd; a v1 hierarchy that has
 * the controller is looked at instead. A node or file that is not there means that nobody limits:
 * the inherent value. Returns 0 or -errno. */
int node_read_setting(const struct cgroup_manager *manager, const char *path, int fd,
	struct cgroup_setting *setting);

#endif
