/* SPDX-License-Identifier: MIT */
/*
 * outsiders.h - finds and adopts processes of confined users that are outside of the user's cgroup;
 * for carrel doctor and carrel gc.
 */
#ifndef CARREL_HELPER_OUTSIDERS_H
#define CARREL_HELPER_OUTSIDERS_H

#include "policy/policy.h"
#include "session/outsider.h"

/*
 * Finds the outsiders (session/outsider.h) whose users a policy confines. Returns 0 with an array
 * in *ret_outsiders, sorted by user and then by cgroup, which the caller frees; or -errno.
 */
int outsiders_find(const struct host_config *config, struct outsider **ret_outsiders,
	size_t *ret_count, struct carrel_error *err);

/* Describes in @buf, as one line, the outsiders at the head of the @count from @first on that have
 * the user and the cgroup of @first. Returns how many they are. */
size_t outsiders_format(const struct outsider *first, size_t count, char *buf, size_t size);

/*
 * Calls @report with @data and one line for each group of outsiders that outsiders_format()
 * describes. Where carrel.ini says adopt = yes, and @dry is false, also moves them into their
 * user's cgroup, which gets the limits of the policy. Leaves a unit that runs as the user where it
 * is: the move would take it apart. Returns how many processes were moved, or -errno.
 */
int outsiders_adopt(bool dry, void (*report)(void *data, const char *line), void *data,
	struct carrel_error *err);

#endif
