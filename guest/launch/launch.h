/* SPDX-License-Identifier: MIT */
/*
 * launch.h - guest-launch from its start to a QEMU that runs, as a table of steps.
 */
#ifndef CARREL_GUEST_LAUNCH_LAUNCH_H
#define CARREL_GUEST_LAUNCH_LAUNCH_H

#include "base/exit.h"
#include "credentials.h"
#include "disk.h"
#include "guest/accel.h"
#include "guest/supervisor/supervisor.h"
#include "keys.h"
#include "place.h"
#include "session/steps.h"

/* Holds all that a start acquires. Descriptors are -EBADF until then. */
struct launch {
	struct steps_taken taken; /* which of the steps are to be undone */
	uid_t uid;
	struct guest_settings settings;
	struct guest guest;
	struct guest_kvm kvm;
	struct guest_disk disk;
	struct guest_keys keys;
	struct guest_credentials credentials;
	struct guest_place place;
	int run_fd, state_fd;
	int vsock_fd;       /* of the guest's address, until QEMU has it; -EBADF: it has none */
	int all_lock, lock; /* guest_lock_all(), until the guest is counted; guest_lock() */
	int exit_code;
	deadline_t deadline; /* of the steps that wait for others, from the lock on */
};

/* Takes all steps of a start of the guest of launch->uid. Returns 0, or -errno with @err and
 * launch->exit_code. In either case the caller calls launch_undo(), once it has told how it
 * went. */
int launch_steps(struct launch *launch, struct carrel_error *err);

/* Undoes the steps that have been taken: ends QEMU, if it still runs, releases all that the start
 * has acquired, and tells those who wait for the guest that it has ended. */
void launch_undo(struct launch *launch);

/* Notes that the start is refused, for the exit code. Returns @r, so that a step can return it. */
static inline int launch_refuse(struct launch *launch, int r)
{
	launch->exit_code = COMMAND_REFUSED;
	return r;
}

/* This step takes the guest's lock and guest_lock_all() (lock.c). Returns 0; -EWOULDBLOCK where
 * there is a guest; or -errno with @err. */
int launch_take_lock(void *context, struct carrel_error *err);

/* Undoes that step: clears the guest's folder, but for the reason of a failure and the order of the
 * next guest (launch->guest.next), and releases both locks. */
void launch_release_lock(void *context);

/* This step ends what is left of the guest before, and clears its folder (lock.c). Returns 0 or
 * -errno with @err. */
int launch_end_last(void *context, struct carrel_error *err);

/* This step finds a vsock address for the guest, and makes a secret for the door that stands there
 * (way.c). Where the host has no vsock, launch->vsock_fd stays -EBADF. Returns 0 or -errno with
 * @err. */
int launch_choose_way(void *context, struct carrel_error *err);

/* Undoes that step: gives the address up, unless QEMU has it. */
void launch_close_way(void *context);

/* This step starts QEMU, and decides how its guest is reached, which launch->guest.record says
 * afterwards (way.c). This process may be in another network namespace then. Returns 0 or -errno
 * with @err. */
int launch_start_qemu(void *context, struct carrel_error *err);

/* Undoes that step: ends QEMU, unless the supervisor has reaped it already. */
void launch_end_qemu(void *context);

/* Runs guest-launch --ask UID: passes a connection on that the supervisor of @uid's guest hands out
 * (pass.c). Returns the exit code. */
int launch_ask(uid_t uid);

#endif
