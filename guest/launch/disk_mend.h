/* SPDX-License-Identifier: MIT */
/*
 * disk_mend.h - repairs a guest's disk that QEMU has marked as damaged.
 */
#ifndef CARREL_GUEST_LAUNCH_DISK_MEND_H
#define CARREL_GUEST_LAUNCH_DISK_MEND_H

#include "guest/settings.h"

/* Repairs the open @disk of a guest where it is marked, by a qemu-img that runs as the guest's user
 * in a jail. The caller has found the disk to be that user's, and is within their quotas. It takes
 * minutes at most, and ends with -EINTR once @signal_fd, a signalfd, tells of SIGTERM or SIGINT.
 * Returns 1 where the disk was marked and no longer is; 0 where it was not, or is no such disk; or
 * -errno with @err: -EBADMSG where it still is marked. */
int guest_disk_mend(
	int disk, const struct guest_settings *settings, int signal_fd, struct carrel_error *err);

#endif
