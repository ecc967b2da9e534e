/* SPDX-License-Identifier: MIT */
/*
 * hold.h - a guest that an administrator holds: nothing starts it, no login either, until root does
 * with carrel guest start. GUEST_HELD in the folder of its disk says so, and outlives a boot.
 */
#ifndef CARREL_GUEST_HOLD_H
#define CARREL_GUEST_HOLD_H

#include "base/deadline.h"
#include "base/error.h"

#include <sys/types.h>

/*
 * Holds the guest of @uid, for root; one that runs is not stopped by it. Takes guest_lock_all()
 * before @deadline: whatever starts the guest has been told by then, or listens to who stops it. 0,
 * also where it is held already, or -errno.
 */
int guest_hold(uid_t uid, deadline_t deadline, struct carrel_error *err);

/* The opposite. 0, also where nobody holds it, or -errno. */
int guest_release(uid_t uid, struct carrel_error *err);

/* Whether the guest with the state folder @state_fd is held, for anybody: 1, 0 or -errno. */
int guest_is_held(int state_fd);

#endif
