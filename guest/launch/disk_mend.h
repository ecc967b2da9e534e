/* SPDX-License-Identifier: MIT */
/*
 * disk_mend.h - a guest's disk that QEMU has marked as damaged.
 */
#ifndef CARREL_GUEST_LAUNCH_DISK_MEND_H
#define CARREL_GUEST_LAUNCH_DISK_MEND_H

#include "guest/settings.h"

/*
 * Repairs the open @disk of a guest by qemu-img, which runs as the guest's user in a jail, where it
 * is marked. The caller has found it to be that user's, and is within their quotas; it takes
 * minutes at most, and ends with -EINTR once @signal_fd, a signalfd, tells of SIGTERM or SIGINT.
 * Returns 1 where it was and no longer is marked; 0 where it is not, or is none; -EBADMSG where it
 * still is; -errno.
 */
int guest_disk_mend(
	int disk, const struct guest_settings *settings, int signal_fd, struct carrel_error *err);

#endif
