// SPDX-License-Identifier: MIT
#include "use.h"
#include "base/cleanup.h"
#include "guest/folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* A guest is made in less than a second, and MOMENT_USEC is how long one is waited for. */
enum { NAP_NSEC = 5000000, MOMENT_USEC = 3000000 };

/* Returns the byte of the file of locks that stands for the image: 60 bits of its digest. */
static off_t byte_of_image(const char *digest)
{
	enum { DIGITS = 15, HEX = 16 };
	const char *hex = strrchr(digest, '-');
	char text[DIGITS + 1];

	snprintf(text, sizeof(text), "%s", hex ? hex + 1 : digest);
	return (off_t)strtoull(text, NULL, HEX);
}

/* Locks the image's byte. Returns a descriptor, -EWOULDBLOCK at the deadline, or -errno. */
static int lock_image(const char *digest, short how, deadline_t deadline)
{
	static const struct timespec nap = {.tv_nsec = NAP_NSEC};
	cleanup_close int fd = guest_open_image_locks();
	struct flock lock = {
		.l_type = how, .l_whence = SEEK_SET, .l_start = byte_of_image(digest), .l_len = 1};

	while (fd >= 0 && fcntl(fd, F_OFD_SETLK, &lock) < 0) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return -errno;
		if (deadline_left_usec(deadline) == 0)
			return -EWOULDBLOCK;
		nanosleep(&nap, NULL);
	}
	return fd_take(&fd);
}

/* Returns whether the folder still has its name. */
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
	cleanup_close int fd = lock_image(image->digest, F_RDLCK, deadline);

	if (fd < 0)
		return error_set(err, fd, "image %s (%s)", image->name, image->digest);
	if (is_in_place(image))
		return fd_take(&fd);
	error_set(err, -ENOENT, "image %s (%s)", image->name, image->digest);
	return error_why(err, "it has just been removed");
}

int image_use_never(const char *digest, struct carrel_error *err)
{
	cleanup_close int fd = lock_image(digest, F_WRLCK, deadline_in(MOMENT_USEC));

	if (fd >= 0)
		return fd_take(&fd);
	if (fd != -EWOULDBLOCK)
		return error_set(err, fd, "image %s", digest);
	error_set(err, -EBUSY, "image %s", digest);
	error_why(err, "a guest is just being made from it; try again in a moment");
	return -EBUSY;
}
