/* SPDX-License-Identifier: MIT */
/*
 * root.h - where the cgroup trees of this host are mounted. For lib/cgroup and the keeper.
 */
#ifndef CARREL_CGROUP_TREE_ROOT_H
#define CARREL_CGROUP_TREE_ROOT_H

#include <stddef.h>

/*
 * Opens the root of the cgroup2 tree, where @controllers is "", or of the cgroup v1 hierarchy with
 * @controllers as /proc/PID/cgroup names them ("cpu,cpuacct", "name=systemd"). The usual places
 * come first: of several cgroup2 mounts they are the ones that systemd works with. Writes the path
 * of the mount to @ret_path, of @size bytes. Returns a descriptor (O_PATH, O_CLOEXEC); -ENOENT
 * where the tree is not mounted; -errno.
 */
int cgroup_root_open(const char *controllers, char *ret_path, size_t size);

#endif
