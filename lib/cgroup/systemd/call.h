/* SPDX-License-Identifier: MIT */
/*
 * call.h - the systemd manager's questions to systemd, over a connection that is made by
 * the first of them and kept in manager->data: most logins need none.
 */
#ifndef CARREL_CGROUP_SYSTEMD_CALL_H
#define CARREL_CGROUP_SYSTEMD_CALL_H

#include "base/deadline.h"
#include "cgroup/backend.h"
#include "cgroup/systemd/libsystemd.h"

/* Fills a call's arguments. Returns >= 0 or -errno. */
typedef int systemd_fill_fn(sd_bus_message *call, const void *data);

/* Calls @member of the manager until systemd has taken it, refused it for good, or the deadline has
 * passed. 0 or -errno with @err. */
int systemd_call(struct cgroup_manager *manager, const char *member, systemd_fill_fn *fill,
	const void *data, deadline_t deadline, struct carrel_error *err);

/* Whether systemd knows @unit: 1, 0 or -errno. */
int systemd_is_loaded(struct cgroup_manager *manager, const char *unit, deadline_t deadline,
	struct carrel_error *err);

/* Ends the connection, if there is one. */
void systemd_drop(struct cgroup_manager *manager);

/* Lets @usec microseconds, less than a second, pass before the next look. */
void systemd_nap(uint64_t usec);

#endif
