/* SPDX-License-Identifier: MIT */
/*
 * keeper.h - sees to it that a user's limits are watched (pam_module/keeper).
 */
#ifndef CARREL_SESSION_KEEPER_H
#define CARREL_SESSION_KEEPER_H

#include "base/deadline.h"
#include "base/error.h"
#include "cgroup/cgroup.h"

#define KEEPER CARREL_LIBEXECDIR "/keeper"

/*
 * Starts the keeper of @uid and does not wait for it, unless there is one, or nothing that it could
 * watch (a kernel or a cgroup v1 hierarchy that does not tell of limits that are reached). @user_fd
 * is the user's folder, whose lock the caller holds, as a keeper that ends does too. Returns 0, or
 * -errno and @err, for which no login is to be denied.
 */
int keeper_ensure(struct cgroup_manager *manager, const struct cgroup_place *place, uid_t uid,
	int user_fd, deadline_t deadline, struct carrel_error *err);

#endif
