/* SPDX-License-Identifier: MIT */
/*
 * disk.h - a guest's disk: a qcow2 overlay over the disk of an image, which is never written to.
 *
 * The overlay is the user's file, and so is all that is in it. Root only reads its header, to
 * refuse what carrel has not made, and never has qemu-img open it. QEMU gets both files as
 * descriptors and is told which one backs the other; nothing in the header decides what is opened.
 */
#ifndef CARREL_GUEST_LAUNCH_DISK_H
#define CARREL_GUEST_LAUNCH_DISK_H

#include "guest/image/image.h"
#include "guest/record.h"
#include "guest/settings.h"

struct guest_disk {
	int overlay_fd;           /* O_RDWR */
	int backing_fd;           /* O_RDONLY: the image's disk */
	int use_fd;               /* of image_use(): closed once all of the image has been opened */
	struct guest_image image; /* what the guest boots from */
	struct guest_origin origin;
	bool adopted; /* nobody had written down whose disk it is */
	bool mended;  /* QEMU had marked it as damaged (disk_mend.c) */
};

#define GUEST_DISK_NONE                                                                            \
	(struct guest_disk)                                                                        \
	{                                                                                          \
		.overlay_fd = -EBADF, .backing_fd = -EBADF, .use_fd = -EBADF,                      \
		.image = IMAGE_CLOSED                                                              \
	}

/* Opens the guest's disk in the state folder @state_fd. With disk.persist it is the one that is
 * there, with the image that it was made from, whatever the template names by now. Otherwise it is
 * a new one, which without disk.persist has no name and is gone with the guest. A disk that was
 * made for another account of the same uid is refused; where nobody wrote down whose it is, an
 * earlier version made it, and it is the user's from now on. A repair (disk_mend.c) ends at a
 * signal of @signal_fd. Returns 0 or -errno with @err. The caller closes *ret_disk by
 * guest_disk_close(), also after a failure. */
int guest_disk_open(int state_fd, const struct guest_settings *settings, int signal_fd,
	deadline_t deadline, struct guest_disk *ret_disk, struct carrel_error *err);

/* Repairs the open @disk of a guest where it is marked, by a qemu-img that runs as the guest's user
 * in a jail (disk_mend.c). The caller has found the disk to be that user's, and is within their
 * quotas. It takes minutes at most, and ends with -EINTR once @signal_fd, a signalfd, tells of
 * SIGTERM or SIGINT. Returns 1 where the disk was marked and no longer is; 0 where it was not, or
 * is no such disk; or -errno with @err: -EBADMSG where it still is marked. */
int guest_disk_mend(
	int disk, const struct guest_settings *settings, int signal_fd, struct carrel_error *err);

/* Closes the disk and the image of @disk, and frees what it refers to. */
void guest_disk_close(struct guest_disk *disk);

#endif
