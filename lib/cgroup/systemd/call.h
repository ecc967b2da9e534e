/* SPDX-License-Identifier: MIT */
/*
 * call.h - calls of the systemd manager to systemd, over a connection that the first of them makes
 * and keeps in manager->data: most logins need none. Internal to lib/cgroup.
 */
#ifndef CARREL_CGROUP_SYSTEMD_CALL_H
#define CARREL_CGROUP_SYSTEMD_CALL_H

#include "base/deadline.h"
#include "cgroup/cgroup.h"
#include "cgroup/systemd/libsystemd.h"

/* Appends the arguments to a call. Returns >= 0 or -errno. */
typedef int systemd_fill_fn(sd_bus_message *call, const void *data);

/* Calls @member of systemd's manager object, with the arguments that @fill makes of @data, until
 * systemd has taken it, has refused it for good, or the deadline has passed. Returns 0 or -errno
 * with
 * @err set. */
int systemd_call(struct cgroup_manager *manager, const char *member, systemd_fill_fn *fill,
	const void *data, deadline_t deadline, struct carrel_error *err);

/* Asks whether systemd knows @unit. Returns 1, 0 or -errno with @err set. */
int systemd_is_loaded(struct cgroup_manager *manager, const char *unit, deadline_t deadline,
	struct carrel_error *err);

/* Closes the connection, if there is one. */
void systemd_drop(struct cgroup_manager *manager);

/* Sleeps for @usec microseconds, less than a second, before the next look. */
void systemd_nap(uint64_t usec);

#endif
