/* SPDX-License-Identifier: MIT */
/*
 * blockdev.h - what lies below a block device. Internal to lib/cgroup.
 */
#ifndef CARREL_CGROUP_BLOCKDEV_H
#define CARREL_CGROUP_BLOCKDEV_H

#include <sys/types.h>

/*
 * The device that systemd takes instead of @device for IOReadBandwidthMax= and the like: it follows
 * a device made of exactly one other (LUKS, most LVM) down to the disk (lookup_block_device() in
 * its core/cgroup.c), whatever it is told.
 */
dev_t cgroup_block_originating(dev_t device);

#endif
