/* SPDX-License-Identifier: MIT */
/*
 * nodes.h - the names of a user's two nodes, "/carrel/user-1001" and
 * "/carrel/rescue-1001"; nodes.c finds and removes them (cgroup.h). Internal to
 * lib/cgroup.
 */
#ifndef CARREL_CGROUP_CGROUPFS_NODES_H
#define CARREL_CGROUP_CGROUPFS_NODES_H

#include <stddef.h>
#include <sys/types.h>

/* 0 or -ENAMETOOLONG. */
int cgroupfs_user_path(uid_t uid, char *buf, size_t size);
int cgroupfs_rescue_path(uid_t uid, char *buf, size_t size);

#endif
