/* SPDX-License-Identifier: MIT */
/*
 * rescue.h - a place to log in for a user who has used up the quota, so that somebody can say
 * carrel kill --self.
 *
 * It is a node of the user's own *beside* the one that is full, with small limits that never change
 * hands: they are the node's and not a session's, and the node stays as long as the user has any
 * session. What a rescue session leaves behind (a memfd that another session holds, page cache)
 * stays charged there, so that a hundred of them get no more memory than one.
 *
 *	systemd    /user.slice/user-rescue.slice/user-rescue-1001.slice/carrel-rescue-1001-7.scope
 *	cgroupfs   /carrel/rescue-1001/1001-7, and /carrel/rescue-1001 in the v1 hierarchies
 */
#ifndef CARREL_CGROUP_RESCUE_H
#define CARREL_CGROUP_RESCUE_H

#include "cgroup/cgroup.h"

/* Returns whether what the node @path may still take is too little for a login: a few processes,
 * and a few MiB besides what the kernel can reclaim. Returns false where nothing limits it, or
 * nobody can tell. */
bool cgroup_used_up(const struct cgroup_manager *manager, const char *path);

/*
 * Moves the calling process, which attach() has put at *place, into the user's rescue node, once
 * that node holds a rescue session's part of request->limits. Changes place->session and nothing
 * else: detach() takes the caller back to where attach() found it. Returns 0, or -errno with
 * request->err set: -EUSERS where the rescue node is used up as well, and then the caller stands in
 * it. After another error *place may be either, and detach() undoes both.
 */
int cgroup_rescue(struct cgroup_manager *manager, const struct cgroup_request *request,
	struct cgroup_place *place);

#endif
