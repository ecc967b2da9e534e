/* SPDX-License-Identifier: MIT */
/*
 * check.h - refuses a change that cannot come true, before anything is changed: a controller that
 * is missing, memory that is in use, CPUs that are not there. Internal to lib/cgroup.
 */
#ifndef CARREL_CGROUP_APPLY_CHECK_H
#define CARREL_CGROUP_APPLY_CHECK_H

#include "cgroup/apply/changes.h"

/* Sets @err to @code, the limit, the user and, for io.max, the path. Returns @code. */
int change_error(const struct cgroup_change *change, uid_t uid, struct carrel_error *err, int code);

/* Refuses @change, one of @all, of the node @path where it is not possible. Returns 0, or -errno
 * with
 * @err set: -ENOTSUP, -EBUSY or -EINVAL with a reason. */
int check_change(const struct cgroup_manager *manager, const char *path, uid_t uid,
	const struct cgroup_change *change, const struct cgroup_changes *all,
	struct carrel_error *err);

/* Reads how many bytes the node @path holds that cannot be taken back without killing. Returns 0 or
 * -errno. */
int check_memory_held(const struct cgroup_manager *manager, const char *path, uint64_t *ret_bytes);

#endif
