/* SPDX-License-Identifier: MIT */
/*
 * membership.h - reads where a process stands, from /proc/PID/cgroup (proc_pid_cgroup(5)): one line
 * for the cgroup2 tree and one for each cgroup v1 hierarchy. Internal to lib/cgroup.
 */
#ifndef CARREL_CGROUP_TREE_MEMBERSHIP_H
#define CARREL_CGROUP_TREE_MEMBERSHIP_H

#include <stdbool.h>
#include <sys/types.h>

/* Holds one line, "7:cpu,cpuacct:/carrel/user-1001". The texts belong to the list it was read from.
 */
struct membership {
	const char *controllers; /* "cpu,cpuacct", "name=systemd", or "" for the cgroup2 tree */
	char *path;              /* begins with a slash; the reader may cut it short */
};

struct membership_list {
	char *text; /* owned */
	char *next;
};

/* Reads the lines of @pid (0: the caller) into *ret_list, to be freed with membership_free().
 * Returns 0, -ESRCH where there is no such process, or -errno. */
int membership_load(pid_t pid, struct membership_list *ret_list);
void membership_free(struct membership_list *list);

/* Takes the next well-formed line off @list. Returns false where none is left. */
bool membership_next(struct membership_list *list, struct membership *ret_membership);

#endif
