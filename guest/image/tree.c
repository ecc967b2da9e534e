// SPDX-License-Identifier: MIT
/*
 * tree.c - the end of a folder with all that is in it.
 */
#include "base/fd.h"
#include "store.h"

#include <fcntl.h>
#include <string.h>

/* Deeper than any root file system; each level holds two descriptors. */
enum { DEPTH_MAX = 128 };

static int remove_below(int dirfd, const char *name, unsigned depth);

static int empty(int fd, unsigned depth)
{
	cleanup_closedir DIR *dir = NULL;
	int r = fd_open_dir(fd, &dir);

	while (r == 0) {
		const struct dirent *entry;

		errno = 0;
		entry = readdir(dir);
		if (!entry)
			return -errno;
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			r = remove_below(fd, entry->d_name, depth + 1);
	}
	return r;
}

static int remove_below(int dirfd, const char *name, unsigned depth)
{
	cleanup_close int fd = -EBADF;
	int r;

	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	if (depth == DEPTH_MAX)
		return -ELOOP;
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = empty(fd, depth);
	if (r < 0)
		return r;
	return unlinkat(dirfd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int image_tree_remove(int dirfd, const char *name)
{
	return remove_below(dirfd, name, 0);
}
