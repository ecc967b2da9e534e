/* SPDX-License-Identifier: MIT */
/*
 * limits.h - prints the limits in force of a cgroup as JSON.
 */
#ifndef CARREL_HELPER_CLI_LIMITS_H
#define CARREL_HELPER_CLI_LIMITS_H

#include "cgroup/cgroup.h"

#include <jansson.h>

/* Makes an object of the limits that the node @path has: a number for each that is one, else the
 * kernel's text ("max"). The caller owns the reference. Returns NULL where memory is short. */
json_t *limits_json(const struct cgroup_manager *manager, const char *path);

#endif
