/* SPDX-License-Identifier: MIT */
/*
 * unit.h - a guest's unit, as whoever may manage it sees it (org.freedesktop.systemd1(5)).
 */
#ifndef CARREL_CGROUP_SYSTEMD_UNIT_H
#define CARREL_CGROUP_SYSTEMD_UNIT_H

#include "base/deadline.h"
#include "base/error.h"
#include "cgroup/systemd/libsystemd.h"

#include <sys/types.h>

struct systemd_unit {
	char active[32];   /* "inactive", "activating", "active", "deactivating", "failed" */
	char status[512];  /* what it said last of itself (sd_notify(3)) */
	uint32_t job;      /* what systemd is about to do with it; 0: nothing */
	int32_t exit_code; /* of its last main process that has ended */
	uint32_t pid;      /* of its main process, 0: there is none */
};

/* The state of carrel-guest@UID.service. 0 or -errno with @err. */
int systemd_guest_look(sd_bus *bus, uid_t uid, deadline_t deadline, struct systemd_unit *ret_unit,
	struct carrel_error *err);

/* Asks for "StartUnit" or "StopUnit" of it, and does not wait. -EACCES where the caller may not. */
int systemd_guest_ask(
	sd_bus *bus, const char *method, uid_t uid, deadline_t deadline, struct carrel_error *err);

#endif
