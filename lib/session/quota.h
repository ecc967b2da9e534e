/* SPDX-License-Identifier: MIT */
/*
 * quota.h - reads from the kernel what a session may use, and what its user uses of that.
 */
#ifndef CARREL_SESSION_QUOTA_H
#define CARREL_SESSION_QUOTA_H

#include "cgroup/cgroup.h"

#include <stdbool.h>
#include <stdint.h>

struct session_quota {
	uint64_t cpu_max; /* these in the units of cgroup/limits.h; CGROUP_UNLIMITED: no limit */
	uint64_t memory_max;
	uint64_t pids_max;
	struct cgroup_usage use; /* UINT64_MAX: not known, or not asked for */
};

/* Reads the limits in force at @node, and with @use how much of them is used. A limit that cannot
 * be read counts as none, and a use as not known: nobody is kept out for that. */
void quota_read(const struct cgroup_manager *manager, const char *node, bool use,
	struct session_quota *ret_quota);

#endif
