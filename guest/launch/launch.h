/* SPDX-License-Identifier: MIT */
/*
 * launch.h - guest-launch from its start to a QEMU that runs: a table of steps.
 */
#ifndef CARREL_GUEST_LAUNCH_LAUNCH_H
#define CARREL_GUEST_LAUNCH_LAUNCH_H

#include "credentials.h"
#include "disk.h"
#include "guest/accel.h"
#include "guest/supervisor/supervisor.h"
#include "keys.h"
#include "place.h"

struct launch {
	struct guest_settings settings;
	struct guest guest;
	struct guest_kvm kvm;
	struct guest_disk disk;
	struct guest_keys keys;
	struct guest_credentials credentials;
	struct guest_place place;
	int run_fd, state_fd;
	int all_lock, lock; /* guest_lock_all() until the guest is counted; guest_lock() */
	int exit_code;
	deadline_t deadline; /* of the steps that wait for others, from the lock on */
};

/* Takes all steps; launch->settings.account is known. 0, or -errno with @err and launch->exit_code.
 * What has been done till then, the caller tidies up, whether all of it was or not. */
int launch_steps(struct launch *launch, struct carrel_error *err);

/* way.c: starts QEMU, of which @machine lacks the way in; launch->guest.record tells it
 * afterwards. The caller's network may be another one then. 0 or -errno. */
int way_start(struct launch *launch, struct guest_machine *machine, struct carrel_error *err);

/* pass.c: guest-launch --pass CID PORT, for the supervisor's own ssh, which takes the
 * connection from our output, and guest-launch --ask UID, for others': they get it from the
 * supervisor. The exit code. */
int launch_pass(const char *cid, const char *port);
int launch_ask(uid_t uid);

#endif
