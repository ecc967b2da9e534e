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

/* Opens the guest's folder, GUEST_RUN_DIR/UID, and makes it where it is missing. Returns 0 and
 * *ret_fd, which the caller closes, or -errno and @err. Needs root. */
int guest_open(uid_t uid, int *ret_fd, struct carrel_error *err);

/*
 * Has the guest of @user, whose uid is @uid, started, unless there is one, or once the one that is
 * stopping has ended: by its unit, carrel-guest@UID.service, or, on a host without systemd, as a
 * process of its own. Returns as soon as the start is under way; it does not say whether the
 * guest will boot: those who connect to GUEST_CONNECT in its folder are told. The GUEST_STATE of an
 * earlier guest is removed first, so that what is read there is of this one.
 *
 * @guest_fd is the guest's folder. Returns 0, or -errno and @err: -EPERM where a guest runs that
 * was started for another account, which had the uid before.
 */
int guest_ensure(struct cgroup_manager *manager, const char *user, uid_t uid, int guest_fd,
	deadline_t deadline, struct carrel_error *err);

/*
 * Connects, as the user @uid or root and without waiting, to the socket at which the guest of @uid
 * lets visitors in. Returns a descriptor, which the caller closes (O_CLOEXEC, non-blocking);
 * -EAGAIN where the queue of those who wait is full; -errno where there is no guest.
 */
int guest_knock(uid_t uid);

#endif
