/* SPDX-License-Identifier: MIT */
/*
 * hold.h - holds a guest for an administrator: nothing starts it, and no login either, until root
 * does by carrel guest start. GUEST_HELD in the folder of its disk says so, and outlives a boot.
 */
#ifndef CARREL_GUEST_HOLD_H
#define CARREL_GUEST_HOLD_H

#include "base/deadline.h"
#include "base/error.h"

#include <sys/types.h>

/* Holds the guest of @uid; needs root. A guest that runs is not stopped by it. Takes
 * guest_lock_all() before @deadline: whatever starts the guest has seen the hold by then, or
 * listens already to whoever stops it. Returns 0, also where it is held already, or -errno with
 * @err. */
int guest_hold(uid_t uid, deadline_t deadline, struct carrel_error *err);

/* Removes the hold on the guest of @uid. Returns 0, also where nobody holds it, or -errno with
 * @err. */
int guest_release(uid_t uid, struct carrel_error *err);

/* Returns 1 where the guest with the state folder @state_fd is held, 0 where it is not, or -errno.
 * Anybody may ask. */
int guest_is_held(int state_fd);

#endif
