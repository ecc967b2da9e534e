/* SPDX-License-Identifier: MIT */
/*
 * run.h - the programs that an image is built with.
 */
#ifndef CARREL_GUEST_IMAGE_RUN_H
#define CARREL_GUEST_IMAGE_RUN_H

#include "store.h"

struct image_program {
	const char *path;    /* of the program, or of a file that it needs */
	const char *package; /* Debian's, which has it */
};

/* Where such a program finds the work folder: the images' own folder has what every folder above
 * it needs for apt's unprivileged user, and nobody else sees the mount. */
#define IMAGE_WORK IMAGE_DIR

/* Whether it is installed: 0, or -ENOENT with the package to install. */
int image_program_check(const struct image_program *program, struct carrel_error *err);

/*
 * Runs it without a shell, with a clean environment and no input, as PID 1 of a pid namespace and
 * in a mount namespace of its own: whatever it starts and mounts ends with it, and it ends when the
 * caller is killed or asked to stop. A failure leaves its last words in @work->output.
 * Returns 0, -EINTR, -ECHILD where it failed, -errno.
 */
int image_run(struct image_work *work, const struct image_program *program, char *const argv[],
	struct carrel_error *err);

#endif
