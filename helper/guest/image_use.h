/* SPDX-License-Identifier: MIT */
/*
 * image_use.h - keeps an image from being removed while a guest is made from it.
 *
 * What a guest is made from is counted by its guest.json (image_list.h), which is written last.
 * Till then a lock on the image's folder says so, shared by all that start.
 */
#ifndef CARREL_GUEST_IMAGE_USE_H
#define CARREL_GUEST_IMAGE_USE_H

#include "base/deadline.h"
#include "image.h"

/*
 * Returns a descriptor: as long as it is open, the image stays where it is. -ENOENT where it has
 * been removed since it was opened; -errno. A file system without locks has none to give (NFS: the
 * images are removed by another host, which knows nothing of the guests here).
 */
int image_use(const struct guest_image *image, deadline_t deadline, struct carrel_error *err);

/* For who removes the folder @digest of the store @store: a descriptor that keeps others from using
 * it; -EBUSY where a guest is just being made from it, for longer than a moment; -errno. */
int image_use_never(int store, const char *digest, struct carrel_error *err);

#endif
