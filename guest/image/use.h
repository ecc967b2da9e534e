/* SPDX-License-Identifier: MIT */
/*
 * use.h - keeps an image from being removed while a guest is made from it.
 *
 * What a guest is made from is counted by its guest.json (list.h), which is written last.
 * Till then a lock says so, shared by all that start. It is in a file of root's: a lock on the
 * image itself, which everybody may read, anybody could take.
 */
#ifndef CARREL_GUEST_IMAGE_USE_H
#define CARREL_GUEST_IMAGE_USE_H

#include "base/deadline.h"
#include "image.h"

/*
 * Returns a descriptor: as long as it is open, the image stays where it is. -ENOENT where it has
 * been removed since it was opened; -EWOULDBLOCK at the deadline; -errno.
 */
int image_use(const struct guest_image *image, deadline_t deadline, struct carrel_error *err);

/* For who removes the image @digest: a descriptor that keeps others from using it; -EBUSY where a
 * guest is just being made from it, for longer than a moment; -errno. */
int image_use_never(const char *digest, struct carrel_error *err);

#endif
