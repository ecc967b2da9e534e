/* SPDX-License-Identifier: MIT */
/*
 * run.h - the programs that an image is built with.
 */
#ifndef CARREL_GUEST_IMAGE_RUN_H
#define CARREL_GUEST_IMAGE_RUN_H

#include "base/program.h"
#include "store.h"

#include <sys/types.h>

/* How much of what a program says is kept: its last words. */
enum { IMAGE_OUTPUT_MAX = 4096 };

struct image_program {
	const char *path;    /* of the program, or of a file that it needs */
	const char *package; /* Debian's, which has it */
};

/* Where such a program finds the work folder: the images' own folder has what every folder above
 * it needs for apt's unprivileged user, and nobody else sees the mount. */
#define IMAGE_WORK IMAGE_DIR

/* Returns -EINTR with the error set once a signal has asked the addition for an end, else 0. */
int image_interrupted(const struct image_work *work, struct carrel_error *err);

/* Whether it is installed: 0, or -ENOENT with the package to install. */
int image_program_check(const struct image_program *program, struct carrel_error *err);

/*
 * Runs it without a shell, with a clean environment and no input, as PID 1 of a pid namespace and
 * in a mount namespace of its own: whatever it starts and mounts ends with it, and it ends when the
 * caller is killed or asked to stop. A failure leaves its last words in @work->output.
 * Returns 0, -EINTR, -ECHILD where it failed, -errno.
 */
int image_run(struct image_work *work, const struct image_program *program,
	const char *const argv[], struct carrel_error *err);

/*
 * Runs a program that only reads its standard input, @input, and says something: in the caller's
 * namespaces, and otherwise as image_run() does. How much of @input it has read is its progress.
 * Returns 0 with what it said in *output; -EINTR, -ECHILD, -errno.
 */
int image_ask(struct image_work *work, const struct image_program *program, int input,
	struct program_output *output, struct carrel_error *err);

/* Is what image_look() knows of a program. */
struct image_watch {
	struct image_work *work;
	const struct program_output *output; /* whose last line is shown */
	int input;                           /* whose offset is shown instead; -EBADF: none */
};

/* Shows how far a program is, and ends it once the addition is to end: look() of a program_watch
 * (base/program.h), with a struct image_watch as @data. Returns 0 or -EINTR. */
int image_look(void *data);

#endif
