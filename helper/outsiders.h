/* SPDX-License-Identifier: MIT */
/*
 * outsiders.h - processes of confined users that stand outside of their nodes; for carrel doctor
 * and carrel gc.
 */
#ifndef CARREL_HELPER_OUTSIDERS_H
#define CARREL_HELPER_OUTSIDERS_H

#include "policy/policy.h"
#include "session/outsider.h"

/*
 * Those of session/outsider.h whose user some policy confines, in the order of user and cgroup: a
 * malloc'ed array, the caller frees it. 0 or -errno.
 */
int outsiders_find(const struct host_config *config, struct outsider **ret_outsiders,
	size_t *ret_count, struct carrel_error *err);

/* How many from @first on are one user's in one cgroup; writes them in one line. */
size_t outsiders_format(const struct outsider *first, size_t count, char *buf, size_t size);

/*
 * Reports each line of them, and, where carrel.ini says adopt = yes and not @dry, moves them into
 * their user's node, which gets the policy's limits: but for a unit that runs as the user, which
 * would be taken apart. Returns how many were moved, or -errno.
 */
int outsiders_adopt(bool dry, void (*report)(void *data, const char *line), void *data,
	struct carrel_error *err);

#endif
