/* SPDX-License-Identifier: MIT */
/*
 * messages.h - the arguments of the calls to systemd (org.freedesktop.systemd1(5)).
 * Internal to lib/cgroup.
 */
#ifndef CARREL_CGROUP_SYSTEMD_MESSAGES_H
#define CARREL_CGROUP_SYSTEMD_MESSAGES_H

#include "cgroup/apply/apply.h"
#include "cgroup/systemd/libsystemd.h"

struct systemd_set_properties {
	const char *unit;
	struct cgroup_change *const *changes;
	size_t count;
};

/* A scope that takes in one process. */
struct systemd_start_scope {
	const char *unit;
	const char *slice;
	const char *wants; /* a unit that is there as long as the scope is */
	const char *description;
	uint32_t pid;
};

/* Fill SetUnitProperties and StartTransientUnit; @data is the struct above. >= 0 or -errno. */
int systemd_fill_set_properties(sd_bus_message *message, const void *data);
int systemd_fill_start_scope(sd_bus_message *message, const void *data);

#endif
