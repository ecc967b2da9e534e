/* SPDX-License-Identifier: MIT */
/*
 * blockdev.h - what lies below a block device. Internal to lib/cgroup.
 */
#ifndef CARREL_CGROUP_TREE_BLOCKDEV_H
#define CARREL_CGROUP_TREE_BLOCKDEV_H

#include <sys/types.h>

/*
 * Returns the device that systemd takes instead of @device for IOReadBandwidthMax= and the like: it
 * follows a device that lies on one disk (LUKS, most LVM) down to that disk, whatever it is told
 * (lookup_block_device() in its core/cgroup.c).
 */
dev_t cgroup_block_originating(dev_t device);

#endif
