/* SPDX-License-Identifier: MIT */
/*
 * disk.h - a guest's disk: a qcow2 overlay over an image's, which is never written to.
 *
 * The overlay is the user's file, and so is what stands in it: root reads its header, to refuse
 * what carrel has not made, and never has qemu-img open it. QEMU gets both files as descriptors and
 * is told what backs what; nothing in the header decides what is opened.
 */
#ifndef CARREL_GUEST_LAUNCH_DISK_H
#define CARREL_GUEST_LAUNCH_DISK_H

#include "guest/image/image.h"
#include "guest/record.h"
#include "guest/settings.h"

struct guest_disk {
	int overlay_fd;           /* O_RDWR */
	int backing_fd;           /* O_RDONLY: the image's disk */
	int use_fd;               /* image_use(): closed once all of the image has been opened */
	struct guest_image image; /* what the guest boots from */
	struct guest_origin origin;
	bool adopted; /* nobody had written down whose it is */
	bool mended;  /* QEMU had marked it as damaged (disk_mend.h) */
};

#define GUEST_DISK_NONE                                                                            \
	(struct guest_disk)                                                                        \
	{                                                                                          \
		.overlay_fd = -EBADF, .backing_fd = -EBADF, .use_fd = -EBADF,                      \
		.image = IMAGE_CLOSED                                                              \
	}

/*
 * Opens the guest's disk in the state folder @state_fd. With disk.persist, the one that is there,
 * with the image that it was made from, whatever the template names by now; a new one else, which
 * without disk.persist has no name and is gone with the guest. A disk that was made for another
 * account of the same uid is refused; where nobody wrote down whose it is, an earlier version made
 * it, and it is the user's from now on. A repair (disk_mend.h) ends at a signal of @signal_fd. Free
 * with guest_disk_close(), also after a failure. 0 or -errno with @err.
 */
int guest_disk_open(int state_fd, const struct guest_settings *settings, int signal_fd,
	deadline_t deadline, struct guest_disk *ret_disk, struct carrel_error *err);
void guest_disk_close(struct guest_disk *disk);

#endif
