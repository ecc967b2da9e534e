// SPDX-License-Identifier: MIT
/*
 * guarded.c - opens what an admin has named, and nothing that another user has put in its place.
 *
 * The way is walked by descriptor, one name after the other, and each folder is looked at before
 * the next name is opened in it: what a user renames or replaces meanwhile is either found to be
 * theirs, or is not found.
 */
#include "view/view.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As fd_stat_trusted() in lib/base, which is not linked into session-init. */
static bool roots_alone(const struct stat *st)
{
	return st->st_uid == 0 && !(st->st_mode & S_IWOTH) &&
	       (!(st->st_mode & S_IWGRP) || st->st_gid == 0);
}

bool view_is_roots(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && roots_alone(&st);
}

/* Opens @name in the folder @dir. Returns a descriptor, or -1 and errno. */
static int open_next(int dir, const char *name, uid_t uid)
{
	struct stat folder, found;
	bool guarded;
	int fd;

	if (fstat(dir, &folder) < 0)
		return -1;
	guarded = roots_alone(&folder);
	if (!guarded && uid == 0) {
		errno = EPERM;
		return -1;
	}
	fd = view_open_path(dir, name, O_PATH);
	if (fd < 0 || guarded)
		return fd;
	if (fstat(fd, &found) == 0) {
		if (found.st_uid == 0 || found.st_uid == uid)
			return fd;
		errno = EPERM;
	}
	close(fd);
	return -1;
}

int view_open_guarded(const char *path, uid_t uid)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (; fd >= 0 && *path; path += strcspn(path, "/")) {
		char name[NAME_MAX + 1];
		size_t length;
		int next = -1;

		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (length == 0)
			break;
		if (length >= sizeof(name)) {
			errno = ENAMETOOLONG;
		} else {
			memcpy(name, path, length);
			name[length] = '\0';
			next = open_next(fd, name, uid);
		}
		close(fd);
		fd = next;
	}
	return fd;
}
