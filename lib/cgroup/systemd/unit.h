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
	char status[512];  /* the last status that it has sent (sd_notify(3)) */
	uint32_t job;      /* the number of the job that systemd has for it; 0: none */
	int32_t exit_code; /* of the last main process that has ended */
	uint32_t pid;      /* of the main process; 0: there is none */
};

/* Reads the state of carrel-guest@UID.service. Returns 0 or -errno with @err set. */
int systemd_guest_look(sd_bus *bus, uid_t uid, deadline_t deadline, struct systemd_unit *ret_unit,
	struct carrel_error *err);

/* Asks systemd for @method, "StartUnit" or "StopUnit", of carrel-guest@UID.service, and does not
 * wait for its end. Returns 0, -EACCES where the caller may not, or -errno, with @err set. */
int systemd_guest_ask(
	sd_bus *bus, const char *method, uid_t uid, deadline_t deadline, struct carrel_error *err);

#endif
