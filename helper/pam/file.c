// SPDX-License-Identifier: MIT
#include "file.h"
#include "base/cleanup.h"
#include "base/fd.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/xattr.h>

enum { FILE_BYTES_MAX = 1 << 20, XATTR_BYTES_MAX = 65536 };

void pam_file_free(struct pam_file *file)
{
	free(file->text);
	file->text = NULL;
	fd_closep(&file->fd);
}

static int check_stat(const char *name, const struct stat *st, struct carrel_error *err)
{
	if (!S_ISREG(st->st_mode)) {
		error_set(err, -EINVAL, "%s", name);
		return error_why(err, "it is not a regular file");
	}
	if ((st->st_uid != 0 && st->st_uid != geteuid()) || (st->st_mode & (S_IWGRP | S_IWOTH))) {
		error_set(err, -EPERM, "%s", name);
		return error_why(
			err, "others than root can change it; chown root and chmod go-w it");
	}
	return 0;
}

int pam_file_read(int dirfd, const char *name, struct pam_file *ret_file, struct carrel_error *err)
{
	/* With O_NONBLOCK a FIFO does not hold us up before it is refused. */
	cleanup_close int fd = fd_open_beneath(dirfd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	cleanup_free char *text = NULL;
	struct stat st;
	size_t size;
	int r;

	if (fd < 0) {
		error_set(err, fd, "%s", name);
		if (fd == -ELOOP)
			error_why(err, "it is a symbolic link: carrel edits no file through one; "
				       "replace it by a copy of what it points to");
		return fd;
	}
	if (fstat(fd, &st) < 0)
		return error_set(err, -errno, "%s", name);
	r = check_stat(name, &st, err);
	if (r < 0)
		return r;
	r = fd_read_all(fd, FILE_BYTES_MAX, &text, &size);
	if (r < 0)
		return error_set(err, r, "read %s", name);
	if (strlen(text) != size) {
		error_set(err, -EINVAL, "%s", name);
		return error_why(err, "it holds a NUL byte");
	}
	ret_file->text = TAKE_PTR(text);
	ret_file->st = st;
	ret_file->fd = fd_take(&fd);
	return 0;
}

/* Copies extended attributes as far as the file system takes them. What it refuses, the old file
 * could not have had either, except labels that it sets itself. */
static int copy_xattrs(int from, int to)
{
	char names[4096];
	ssize_t length = flistxattr(from, names, sizeof(names));

	if (length < 0)
		return errno == ENOTSUP ? 0 : -errno;
	for (const char *name = names; name < names + length; name += strlen(name) + 1) {
		cleanup_free char *value = malloc(XATTR_BYTES_MAX);
		ssize_t size;

		if (!value)
			return -ENOMEM;
		size = fgetxattr(from, name, value, XATTR_BYTES_MAX);
		if (size < 0 || (fsetxattr(to, name, value, (size_t)size, 0) < 0 &&
					errno != ENOTSUP && errno != EPERM))
			return -errno;
	}
	return 0;
}

static int write_text(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		ssize_t n = write(fd, text, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		left -= (size_t)n;
	}
	return 0;
}

static int fill_file(
	int fd, const char *text, const struct pam_file *like, const struct timespec *mtime)
{
	const struct timespec times[2] = {
		{.tv_nsec = UTIME_OMIT}, mtime ? *mtime : (struct timespec){.tv_nsec = UTIME_NOW}};
	int r = write_text(fd, text);

	if (r < 0)
		return r;
	if (fchown(fd, like->st.st_uid, like->st.st_gid) < 0)
		return -errno;
	if (fchmod(fd, like->st.st_mode & 07777) < 0)
		return -errno;
	r = like->fd < 0 ? 0 : copy_xattrs(like->fd, fd);
	if (r < 0)
		return r;
	return futimens(fd, times) < 0 || fsync(fd) < 0 ? -errno : 0;
}

int pam_file_replace(int dirfd, const char *name, const char *text, const struct pam_file *like,
	const struct timespec *mtime, struct carrel_error *err)
{
	char temporary[NAME_MAX + 1];
	int r;

	if (snprintf(temporary, sizeof(temporary), ".%s.carrel-%d", name, (int)getpid()) >=
		(int)sizeof(temporary))
		return error_set(err, -ENAMETOOLONG, "%s", name);
	{
		cleanup_close int fd =
			fd_open_beneath(dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);

		if (fd < 0)
			return error_set(err, fd, "write %s", temporary);
		r = fill_file(fd, text, like, mtime);
	}
	if (r == 0 && renameat(dirfd, temporary, dirfd, name) < 0)
		r = -errno;
	if (r < 0) {
		unlinkat(dirfd, temporary, 0);
		return error_set(err, r, "replace %s", name);
	}
	fsync(dirfd); /* best effort: the rename itself has happened */
	return 0;
}
