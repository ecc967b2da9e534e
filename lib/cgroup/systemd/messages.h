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

/* Describes a new scope that takes in one process. */
struct systemd_start_scope {
	const char *unit;
	const char *slice;
	const char *wants; /* a unit that stays as long as the scope does */
	const char *description;
	uint32_t pid;
};

/* Appends the arguments of SetUnitProperties, from the struct systemd_set_properties at @data.
 * Returns >= 0 or -errno. */
int systemd_fill_set_properties(sd_bus_message *message, const void *data);

/* Appends the arguments of StartTransientUnit, from the struct systemd_start_scope at @data.
 * Returns
 * >= 0 or -errno. */
int systemd_fill_start_scope(sd_bus_message *message, const void *data);

#endif
