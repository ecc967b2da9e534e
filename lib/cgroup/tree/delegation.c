// SPDX-License-Identifier: MIT
#include "cgroup/tree/delegation.h"
#include "base/cleanup.h"
#include "cgroup/tree/root.h"

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

int path_is_delegated(const char *controllers, const char *path)
{
	char root[PATH_MAX];
	cleanup_close int fd = cgroup_root_open(controllers, root, sizeof(root));

	return fd < 0 ? fd : node_is_delegated(fd, path);
}
