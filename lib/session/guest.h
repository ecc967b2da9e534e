/* SPDX-License-Identifier: MIT */
/*
 * guest.h - sees to it that a user's guest runs: for a login.
 */
#ifndef CARREL_SESSION_GUEST_H
#define CARREL_SESSION_GUEST_H

#include "base/deadline.h"
#include "base/error.h"
#include "cgroup/cgroup.h"
#include "plan/guest.h"

/* The guest's folder, GUEST_RUN_DIR/UID, made where it is missing. 0 and *ret_fd, which the caller
 * closes, or -errno. Needs root. */
int guest_open(uid_t uid, int *ret_fd, struct carrel_error *err);

/* 1 while a guest-launch, or a guest, holds the lock of the folder @guest_fd, and not somebody who
 * only looks, as this does; 0; -errno. */
int guest_is_there(int guest_fd);

/*
 * Has the guest of @user, whose uid is @uid, started, unless there is one, or once the one that is
 * stopping has ended: by its unit, carrel-guest@UID.service, or, on a host without systemd, as a
 * process of its own. Returns once that is on its way, and so, or so not, whether it will boot:
 * those who connect to GUEST_CONNECT in its folder are told. What an earlier guest has left as
 * GUEST_STATE is removed first, so that what is read there is of this one.
 *
 * @guest_fd is the folder. 0, or -errno and @err: -EPERM where one runs that was started for
 * another account, which had the uid before.
 */
int guest_ensure(struct cgroup_manager *manager, const char *user, uid_t uid, int guest_fd,
	deadline_t deadline, struct carrel_error *err);

/*
 * Connects to the socket where the guest of @uid takes who comes, as that user or root, without
 * waiting. Returns a descriptor, which the caller closes (O_CLOEXEC, non-blocking); -EAGAIN where
 * so many others wait that there is no room; -errno where there is no guest.
 */
int guest_knock(uid_t uid);

#endif
