/* SPDX-License-Identifier: MIT */
/*
 * store.h - adding an image to /var/lib/carrel/images, so that it is there whole or not at
 * all.
 *
 * A new image is put together in ".new", a folder that only root can enter, under the lock
 * ".lock", which the kernel gives back with its holder. What ".new" holds when nobody has the lock
 * was left by one that was killed, and is removed by the next one or by carrel gc.
 */
#ifndef CARREL_GUEST_IMAGE_STORE_H
#define CARREL_GUEST_IMAGE_STORE_H

#include "base/cleanup.h"
#include "base/error.h"
#include "guest/progress.h"
#include "image.h"

#include <signal.h>

/* The work folder, which only root can get at. */
#define IMAGE_WORK_NAME   ".new/work"
#define IMAGE_WORK_SOURCE IMAGE_DIR "/" IMAGE_WORK_NAME

/* Is an addition that is under way. */
struct image_work {
	const char *name;
	int store_fd; /* IMAGE_DIR */
	int lock_fd;
	int dir_fd;    /* the image's folder to be, in .new: the work folder */
	int signal_fd; /* SIGINT, SIGTERM and SIGHUP, which are blocked meanwhile */
	sigset_t signals_before;
	struct progress progress;
	char *output; /* the last lines of the program that failed, or NULL */
};

/* Is what image.json says of a new image. */
struct image_description {
	const char *format, *cmdline;
	uint64_t virtual_size;
};

/*
 * Takes the lock and makes the work folder. Returns 0; -EBUSY where another addition is under way;
 * -errno. image_store_end() gives everything back, whatever became of it.
 */
int image_store_begin(
	const char *name, unsigned steps, struct image_work *ret, struct carrel_error *err);

/*
 * Writes image.json, makes the files immutable and durable, moves the folder to its digest, and
 * lets the name lead there. *ret_digest has IMAGE_DIGEST_SIZE bytes.
 */
int image_store_commit(struct image_work *work, const struct image_description *description,
	char *ret_digest, struct carrel_error *err);

/* Gives back all that image_store_begin() took, and removes what was not committed. */
void image_store_end(struct image_work *work);

/*
 * Removes what a killed addition left, or only counts it with @dry. Returns the number of things,
 * 0 also while an addition is under way; -errno.
 */
int image_store_sweep(bool dry, struct carrel_error *err);

/* The store, made if need be, and the lock of one addition or removal, returned: closing it gives
 * it back. -EBUSY where another has it. */
int image_store_lock(int *ret_store_fd, struct carrel_error *err);

/* Where an image is moved that is being removed. */
#define IMAGE_REMOVED ".removed"

/* Removes @name, a file or a whole tree, beneath IMAGE_DIR, whose lock the caller has. 0 also where
 * it is not there; -errno. */
int image_store_remove(const char *name);

#endif
