/* SPDX-License-Identifier: MIT */
/*
 * container.h - what to do where a host does not let us make cgroups: mostly it is a container that
 * was not given its own. Internal to lib/cgroup.
 */
#ifndef CARREL_CGROUP_TREE_CONTAINER_H
#define CARREL_CGROUP_TREE_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the -errno @code says that cgroups are not ours to make or change. */
bool container_denies(int code);

#endif
