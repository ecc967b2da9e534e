/* SPDX-License-Identifier: MIT */
/*
 * outsider.h - finds processes that run as a user and stand in nobody's node: what an MTA has
 * started for a ~/.forward, a CGI, a portal that knows nothing of PAM.
 */
#ifndef CARREL_SESSION_OUTSIDER_H
#define CARREL_SESSION_OUTSIDER_H

#include "base/deadline.h"
#include "base/error.h"
#include "base/proc.h"
#include "cgroup/cgroup.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct outsider {
	struct proc_id id;
	uid_t uid;
	char name[64];    /* sanitised comm */
	char cgroup[256]; /* where it is; paths as in cgroup.h */
	/* Nobody else's process is in that cgroup: a service of systemd's that runs as the user
	 * (User=), which would be taken apart. */
	bool own_unit;
};

/*
 * Tells whose the process with the folder @proc_fd in /proc is. In the caller's user namespace that
 * is its real user, if none of its four uids is root's; in another user namespace it is the user
 * who has made that. Returns 0 and *ret_uid; -ENOENT where it is root's, or nobody's by these rules
 * (a setuid program of root's, a container of root's); or -errno.
 */
int outsider_owner(int proc_fd, uid_t *ret_uid);

/* Finds all outsiders, in the order of uid and cgroup. Returns 0 and an array, which the caller
 * frees, or -errno and @err. Needs root. */
int outsider_find(struct outsider **ret_outsiders, size_t *ret_count, struct carrel_error *err);

/*
 * Moves @outsider, and no later process of the same number, below its user's node. Returns 0, or
 * -errno and @err: -ESRCH where it has ended, or is not the user's any more.
 */
int outsider_adopt(struct cgroup_manager *manager, const struct outsider *outsider,
	deadline_t deadline, struct carrel_error *err);

#endif
