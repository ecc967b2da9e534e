/* SPDX-License-Identifier: MIT */
/*
 * initrd.h - a guest's initrd: one program (init/init.c) and the modules that lead to the
 * root disk and to what has to be there before systemd looks for it.
 */
#ifndef CARREL_GUEST_IMAGE_INITRD_H
#define CARREL_GUEST_IMAGE_INITRD_H

#include "base/error.h"

/*
 * Writes "initrd" in folder @dirfd, for the one kernel whose modules are in @rootfd's
 * /usr/lib/modules. Returns 0 or -errno.
 */
int image_initrd_write(int dirfd, int rootfd, struct carrel_error *err);

#endif
