// SPDX-License-Identifier: MIT
#include "image_use.h"
#include "base/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <time.h>

/* A guest is made in less than a second, and waited for so long. */
enum { NAP_NSEC = 5000000, MOMENT_USEC = 3000000 };

/* 0, -EWOULDBLOCK at the deadline, -errno. */
static int lock_before(int fd, int how, deadline_t deadline)
{
	static const struct timespec nap = {.tv_nsec = NAP_NSEC};

	while (flock(fd, how | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (deadline_left_usec(deadline) == 0)
			return -EWOULDBLOCK;
		nanosleep(&nap, NULL);
	}
	return 0;
}

/* Whether the folder still has its name. */
static bool is_in_place(const struct guest_image *image)
{
	char path[sizeof(IMAGE_DIR) + IMAGE_DIGEST_SIZE + 1];
	struct stat now, opened;

	snprintf(path, sizeof(path), IMAGE_DIR "/%s", image->digest);
	return lstat(path, &now) == 0 && fstat(image->dir_fd, &opened) == 0 &&
	       now.st_ino == opened.st_ino && now.st_dev == opened.st_dev;
}

int image_use(const struct guest_image *image, deadline_t deadline, struct carrel_error *err)
{
	cleanup_close int fd = fd_open_beneath(image->dir_fd, ".", O_RDONLY | O_DIRECTORY, 0);
	int r = fd < 0 ? fd : lock_before(fd, LOCK_SH, deadline);

	if (fd < 0 || r == -EWOULDBLOCK)
		return error_set(err, r, "image %s (%s)", image->name, image->digest);
	if (is_in_place(image))
		return fd_take(&fd);
	error_set(err, -ENOENT, "image %s (%s)", image->name, image->digest);
	return error_why(err, "it has just been removed");
}

int image_use_never(int store, const char *digest, struct carrel_error *err)
{
	cleanup_close int fd = fd_open_beneath(store, digest, O_RDONLY | O_DIRECTORY, 0);
	int r = fd < 0 ? fd : lock_before(fd, LOCK_EX, deadline_in(MOMENT_USEC));

	if (fd < 0)
		return error_set(err, fd, "image %s", digest);
	if (r != -EWOULDBLOCK)
		return fd_take(&fd);
	error_set(err, -EBUSY, "image %s", digest);
	error_why(err, "a guest is just being made from it; try again in a moment");
	return -EBUSY;
}
