// SPDX-License-Identifier: MIT
#include "cgroup/tree/delegation.h"
#include "base/cleanup.h"
#include "base/fd.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int node_is_delegated(int root_fd, const char *path)
{
	char part[PATH_MAX];

	for (const char *end = path; *end;) {
		struct stat st;

		end = strchrnul(end + 1, '/');
		if (snprintf(part, sizeof(part), "%.*s", (int)(end - path - 1), path + 1) >=
			(int)sizeof(part))
			return -ENAMETOOLONG;
		if (part[0] && fstatat(root_fd, part, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
		if (part[0] && st.st_uid != 0)
			return 1;
	}
	return 0;
}

static int look_below(const char *name, const char *path)
{
	cleanup_close int fd = -EBADF;
	char root[PATH_MAX];

	if (snprintf(root, sizeof(root), "/sys/fs/cgroup/%s", name) >= (int)sizeof(root))
		return -ENAMETOOLONG;
	/* "cpu" is a link to "cpu,cpuacct", and the folders are root's. */
	fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : node_is_delegated(fd, path);
}

int path_is_delegated(const char *controllers, const char *path)
{
	char first[64];
	int r;

	if (controllers[0] == '\0') {
		r = look_below("unified", path);
		return r == -ENOENT ? look_below("", path) : r;
	}
	if (strncmp(controllers, "name=", strlen("name=")) == 0)
		controllers += strlen("name=");
	r = look_below(controllers, path);
	if (r != -ENOENT)
		return r;
	snprintf(first, sizeof(first), "%.*s", (int)strcspn(controllers, ","), controllers);
	return look_below(first, path);
}
