/* SPDX-License-Identifier: MIT */
/*
 * check.h - refuses a change that cannot come true, before anything is changed: a controller that
 * is missing, memory that is in use, CPUs that are not there. Internal to lib/cgroup.
 */
#ifndef CARREL_CGROUP_CHECK_H
#define CARREL_CGROUP_CHECK_H

#include "cgroup/apply.h"

/* Names the limit, the user and, for io.max, the path in @err. Returns @code. */
int change_error(const struct cgroup_change *change, uid_t uid, struct carrel_error *err, int code);

/* Whether @change of the node @path is possible. Returns 0; -ENOTSUP, -EBUSY or -EINVAL with a
 * reason; -errno. */
int check_change(const struct cgroup_manager *manager, const char *path, uid_t uid,
	const struct cgroup_change *change, struct carrel_error *err);

/* The CPUs of this machine that processes may run on. Returns 0 or -errno. */
int check_present_cpus(
	const struct cgroup_manager *manager, uint8_t cpus[static CGROUP_CPUS_BYTES]);

#endif
