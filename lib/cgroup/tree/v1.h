/* SPDX-License-Identifier: MIT */
/*
 * v1.h - a limit as the files of a cgroup v1 hierarchy hold it
 * (Documentation/admin-guide/cgroup-v1). Internal to lib/cgroup.
 *
 * cpu.weight is cpu.shares * 100 / 1024, as systemd converts it. io.weight from 1 to 100 is the
 * same in blkio.bfq.weight; above that, 100 to 10000 become 100 to 1000. memory.swap.max is what
 * memory.memsw.limit_in_bytes allows beyond memory.limit_in_bytes: memory and swap together, so
 * that a user with little memory in use may have more of it in swap; a memory.max that changes
 * takes it along.
 */
#ifndef CARREL_CGROUP_TREE_V1_H
#define CARREL_CGROUP_TREE_V1_H

#include "cgroup/setting.h"

/* Reads setting->value from the node @fd (O_PATH). Returns 0 or -errno (-ENOENT: no such file). */
int v1_read_setting(int fd, struct cgroup_setting *setting);

/* Writes setting->value to it. Returns 0 or -errno. */
int v1_write_setting(int fd, const struct cgroup_setting *setting);

/* The value that comes back of one that is written: v1's units are coarser. */
void v1_round(struct cgroup_setting *setting);

/* The devices that have a limit: the first one in @setting->device. 0, -ENOENT or -errno. */
int v1_first_device(int fd, struct cgroup_setting *setting);

/* What a user holds that cannot be taken back without killing or swapping, in bytes. */
uint64_t v1_memory_held(int fd);

#endif
