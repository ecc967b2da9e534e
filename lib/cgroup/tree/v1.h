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

/* Reads setting->value from the node @fd (O_PATH). Returns 0, -ENOENT where it has no such file, or
 * -errno. */
int v1_read_setting(int fd, struct cgroup_setting *setting);

/* Writes setting->value to the node @fd (O_PATH). Returns 0; -ENOTSUP where v1 has no such limit;
 * -errno. */
int v1_write_setting(int fd, const struct cgroup_setting *setting);

/* Rounds setting->value to what is read back once it is written: v1's units are coarser. */
void v1_round(struct cgroup_setting *setting);

/* Finds the first device that io.max limits in the node @fd, and sets setting->device to it.
 * Returns 0, -ENOENT where there is none, or -errno. */
int v1_first_device(int fd, struct cgroup_setting *setting);

/* Returns how many bytes the node @fd holds that cannot be taken back without killing or swapping.
 */
uint64_t v1_memory_held(int fd);

#endif
