// SPDX-License-Identifier: MIT
#include "base/fd.h"
#include "base/cleanup.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

static int open_resolved(int dirfd, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.mode = mode,
		.resolve = resolve,
	};
	long fd;

	/* -EAGAIN means that a rename or mount raced with RESOLVE_BENEATH (openat2(2)). A few tries
	 * are enough, and a user who keeps renaming gets the error. */
	for (int try = 0; try < 8; try++) {
		fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd < 0 ? -errno : (int)fd;
}

int fd_open_beneath(int dirfd, const char *path, int flags, mode_t mode)
{
	return open_resolved(dirfd, path, flags, mode,
		RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

int fd_open_same_mount(int dirfd, const char *path, int flags, mode_t mode)
{
	return open_resolved(dirfd, path, flags, mode,
		RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV);
}

int fd_open_nolinks(const char *path, int flags)
{
	if (path[0] != '/')
		return -EINVAL;
	return open_resolved(AT_FDCWD, path, flags, 0, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

int fd_open_in_root(int rootfd, const char *path, int flags)
{
	return open_resolved(rootfd, path, flags, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int fd_look(int dirfd, const char *path)
{
	struct stat st;

	return fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

int fd_open_dir(int dirfd, DIR **ret_dir)
{
	cleanup_close int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		return -errno;
	(void)fd_take(&fd);
	*ret_dir = dir;
	return 0;
}

bool fd_stat_trusted(const struct stat *st)
{
	if (st->st_uid != 0 || (st->st_mode & S_IWOTH))
		return false;
	return !(st->st_mode & S_IWGRP) || st->st_gid == 0;
}

int fd_read_all(int fd, size_t max, char **ret_text, size_t *ret_size)
{
	cleanup_free char *text = NULL;
	size_t size = 0, room = 0;

	for (;;) {
		ssize_t n;

		if (size == room) {
			char *grown;

			if (room > max)
				return -EFBIG;
			room = room ? room * 2 : 4096;
			if (room > max)
				room = max + 1;
			grown = realloc(text, room + 1);
			if (!grown)
				return -ENOMEM;
			text = grown;
		}
		n = read(fd, text + size, room - size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		size += (size_t)n;
	}
	if (size > max)
		return -EFBIG;
	text[size] = '\0';
	*ret_text = TAKE_PTR(text);
	if (ret_size)
		*ret_size = size;
	return 0;
}

int fd_read_file(int dirfd, const char *path, size_t max, char **ret_text)
{
	cleanup_close int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	return fd_read_all(fd, max, ret_text, NULL);
}

int fd_write_file(int dirfd, const char *path, const char *text)
{
	cleanup_close int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
	size_t length = strlen(text);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, length);
	if (n < 0)
		return -errno;
	return (size_t)n == length ? 0 : -EIO;
}

static int write_each(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

int fd_write_all(int fd, const void *bytes, size_t size)
{
	static const struct timespec at_once;
	sigset_t grown, before, pending;
	int r;

	sigemptyset(&grown);
	sigaddset(&grown, SIGXFSZ);
	pthread_sigmask(SIG_BLOCK, &grown, &before);
	sigpending(&pending);
	r = write_each(fd, bytes, size);
	/* write(2) sends SIGXFSZ to this thread. A signal that was pending before is left
	 * pending. */
	if (r == -EFBIG && !sigismember(&pending, SIGXFSZ))
		while (sigtimedwait(&grown, NULL, &at_once) < 0 && errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

static int set_mode(int fd, const void *data)
{
	return fchmod(fd, *(const mode_t *)data) < 0 ? -errno : 0;
}

int fd_replace_file_prepared(int dirfd, const char *name, const char *text, bool durably,
	int (*prepare)(int fd, const void *data), const void *data)
{
	char temporary[NAME_MAX + 1];
	int r;

	if (snprintf(temporary, sizeof(temporary), FD_TEMPORARY, name) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	{
		cleanup_close int fd = fd_open_beneath(
			dirfd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);

		if (fd < 0)
			return fd;
		r = prepare(fd, data);
		if (r == 0)
			r = fd_write_all(fd, text, strlen(text));
		if (r == 0 && durably && fsync(fd) < 0)
			r = -errno;
	}
	if (r == 0 && renameat(dirfd, temporary, dirfd, name) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(dirfd, temporary, 0);
	return r == 0 && durably && fsync(dirfd) < 0 ? -errno : r;
}

int fd_replace_file(int dirfd, const char *name, const char *text, mode_t mode)
{
	return fd_replace_file_prepared(dirfd, name, text, false, set_mode, &mode);
}

int fd_replace_file_durably(int dirfd, const char *name, const char *text, mode_t mode)
{
	return fd_replace_file_prepared(dirfd, name, text, true, set_mode, &mode);
}

/* Appends one component to @path, the canonical path so far ("" for the root). */
static int append_component(char *path, const char *name, size_t length)
{
	size_t used = strlen(path);

	if (used + 1 + length >= PATH_MAX)
		return -ENAMETOOLONG;
	path[used] = '/';
	memcpy(path + used + 1, name, length);
	path[used + 1 + length] = '\0';
	return 0;
}

/* Puts the @target of a link in front of @rest, the part of the path that is still to be walked. An
 * absolute target starts again at the root. */
static int expand_link(const char *target, char *done, char *rest)
{
	char joined[PATH_MAX];

	if (snprintf(joined, sizeof(joined), "%s/%s", target, rest) >= (int)sizeof(joined))
		return -ENAMETOOLONG;
	if (target[0] == '/')
		done[0] = '\0';
	memcpy(rest, joined, strlen(joined) + 1);
	return 0;
}

/*
 * Takes the first component of @rest, follows it if it is a link that root made, and appends it to
 * @done otherwise. Returns 0 or -errno.
 */
static int walk_component(char *done, char *rest)
{
	cleanup_close int parent = -EBADF;
	char name[NAME_MAX + 1];
	char target[PATH_MAX];
	struct stat dir;
	size_t length;
	ssize_t n;

	memmove(rest, rest + strspn(rest, "/"), strlen(rest + strspn(rest, "/")) + 1);
	length = strcspn(rest, "/");
	if (length == 0)
		return 0;
	if (length > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, rest, length);
	name[length] = '\0';
	memmove(rest, rest + length, strlen(rest + length) + 1);
	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0) {
		/* @done is canonical, so its parent is the path without the last component. */
		char *slash = strrchr(done, '/');

		if (slash)
			*slash = '\0';
		return 0;
	}

	parent = fd_open_nolinks(done[0] ? done : "/", O_PATH | O_DIRECTORY);
	if (parent < 0)
		return parent;
	/* fstatat(2) would not do: a home on FUSE or NFS may never answer, and nothing here has a
	 * deadline. */
	n = readlinkat(parent, name, target, sizeof(target) - 1);
	if (n < 0)
		return errno == EINVAL ? append_component(done, name, length) : -errno;
	target[n] = '\0';
	if (fstat(parent, &dir) < 0)
		return -errno;
	if (!fd_stat_trusted(&dir))
		return -EPERM;
	return expand_link(target, done, rest);
}

/* Returns true if @path is written as the kernel would write it: "/" or "/a/b", without "." and
 * "..". */
static bool is_plain(const char *path)
{
	for (const char *name = path + 1; path[1] != '\0'; name = strchr(name, '/') + 1) {
		size_t length = strcspn(name, "/");

		if (length == 0 ||
			(name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.'))))
			return false;
		if (name[length] == '\0')
			break;
	}
	return true;
}

/* Returns true if @path has no link in it, as most paths have none. One look is enough to tell. */
static bool is_canonical(const char *path)
{
	cleanup_close int fd = is_plain(path) ? fd_open_nolinks(path, O_PATH) : -EBADF;

	return fd >= 0;
}

int fd_canonical_trusted(const char *path, char **ret_path)
{
	enum { STEPS_MAX = 256 };
	char done[PATH_MAX] = "";
	char rest[PATH_MAX];
	int r;

	if (path[0] != '/')
		return -EINVAL;
	if (strlen(path) >= sizeof(rest))
		return -ENAMETOOLONG;
	if (is_canonical(path)) {
		*ret_path = strdup(path);
		return *ret_path ? 0 : -ENOMEM;
	}
	strcpy(rest, path);
	for (int step = 0; rest[strspn(rest, "/")] != '\0'; step++) {
		if (step == STEPS_MAX)
			return -ELOOP;
		r = walk_component(done, rest);
		if (r < 0)
			return r;
	}
	*ret_path = strdup(done[0] ? done : "/");
	return *ret_path ? 0 : -ENOMEM;
}
