// SPDX-License-Identifier: MIT
/*
 * departure.c - takes processes out of a user's node. A process that the module starts begins in
 * the module's cgroup, below the user's node. A process that an upgrade starts begins in the
 * admin's cgroup.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/tree/delegation.h"
#include "cgroup/tree/membership.h"
#include "cgroup/tree/node.h"
#include "cgroup/tree/root.h"

#include <string.h>

/* Moves the caller to the root of a tree, which takes everybody. */
static int enter_root(const char *controllers)
{
	char path[256];
	cleanup_close int fd = cgroup_root_open(controllers, path, sizeof(path));

	return fd < 0 ? fd : fd_write_file(fd, "cgroup.procs", "0");
}

/* Looks whether the caller stands in a node of another user than @uid and root. Returns 1, 0 or
 * -errno. */
static int is_of_another(uid_t uid)
{
	uid_t other;
	int r = cgroup_user_of(0, &other);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	return other != 0 && other != uid;
}

int cgroup_leave_held(
	const struct cgroup_manager *manager, uid_t uid, char *ret_previous, size_t size)
{
	int r = cgroup_of(0, ret_previous, size);

	if (r == 0)
		r = node_is_delegated(manager->root_fd, ret_previous);
	if (r == 0)
		r = is_of_another(uid);
	/* Nobody could be put back into a node that is gone, or that is out of the view of a cgroup
	 * namespace. */
	if (r == -ENOENT)
		r = 0;
	if (r == 1)
		r = node_enter(manager, "/") == 0;
	if (r != 1)
		ret_previous[0] = '\0';
	return r < 0 ? r : 0;
}

int cgroup_return(const struct cgroup_manager *manager, const char *path)
{
	return node_enter(manager, path);
}

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

int cgroup_leave(void)
{
	cleanup(membership_free) struct membership_list list = {0};
	struct membership membership;
	int r = membership_load(0, &list);

	while (r == 0 && membership_next(&list, &membership))
		/* /user.slice, where logind's sessions are, counts in the unified hierarchy
		 * only. */
		if (starts_with(membership.path, CGROUPFS_TOP "/") ||
			(membership.controllers[0] == '\0' &&
				starts_with(membership.path, "/user.slice/")))
			r = enter_root(membership.controllers);
	return r;
}
