/* SPDX-License-Identifier: MIT */
/*
 * container.h - recognises a host that does not let us make cgroups: mostly it is a container that
 * was not given its own. cgroup.h has the remedies. Internal to lib/cgroup.
 */
#ifndef CARREL_CGROUP_TREE_CONTAINER_H
#define CARREL_CGROUP_TREE_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

/* Returns whether the -errno @code says that carrel may not make or change cgroups. */
bool container_denies(int code);

#endif
