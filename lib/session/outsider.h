/* SPDX-License-Identifier: MIT */
/*
 * outsider.h - processes that run as a user, and that stand in nobody's node: what an MTA has
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
 * Whose process it is, by its folder in /proc. In the caller's user namespace: its real user, where
 * none of its four uids is root's; in another, the user who has made that namespace. -ENOENT:
 * nobody's like that (a setuid program of root's, a container of root's), or root's; -errno.
 */
int outsider_owner(int proc_fd, uid_t *ret_uid);

/* All of them, in the order of uid and cgroup: a malloc'ed array, the caller frees it. Needs root.
 * 0 or -errno. */
int outsider_find(struct outsider **ret_outsiders, size_t *ret_count, struct carrel_error *err);

/*
 * Moves it below its user's node: this process, and no later one of the same number. Returns 0;
 * -ESRCH where it has ended, or is not the user's any more; -errno.
 */
int outsider_adopt(struct cgroup_manager *manager, const struct outsider *outsider,
	deadline_t deadline, struct carrel_error *err);

#endif
