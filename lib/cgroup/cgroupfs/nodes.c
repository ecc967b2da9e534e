// SPDX-License-Identifier: MIT
#include "cgroup/cgroupfs/nodes.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/tree/node.h"
#include "cgroup/tree/placement.h"

#include <fcntl.h>
#include <string.h>

int cgroupfs_user_path(uid_t uid, char *buf, size_t size)
{
	return snprintf(buf, size, CGROUPFS_TOP "/user-%u", (unsigned)uid) < (int)size
		       ? 0
		       : -ENAMETOOLONG;
}

int cgroupfs_rescue_path(uid_t uid, char *buf, size_t size)
{
	return snprintf(buf, size, CGROUPFS_TOP "/rescue-%u", (unsigned)uid) < (int)size
		       ? 0
		       : -ENAMETOOLONG;
}

/* Finds the user's two nodes. Returns -EINVAL where @path is neither of them nor below one. */
static int nodes_of_path(const char *path, char *user, char *rescue, size_t size)
{
	unsigned uid;
	int r;

	if (strstr(path, "/.") || (sscanf(path, CGROUPFS_TOP "/user-%u", &uid) != 1 &&
					  sscanf(path, CGROUPFS_TOP "/rescue-%u", &uid) != 1))
		return -EINVAL;
	r = cgroupfs_user_path(uid, user, size);
	if (r == 0)
		r = cgroupfs_rescue_path(uid, rescue, size);
	if (r < 0)
		return r;
	return strcmp(path, user) == 0 || strcmp(path, rescue) == 0 ||
			       cgroup_is_below(path, user) || cgroup_is_below(path, rescue)
		       ? 0
		       : -EINVAL;
}

/* Removes the node @path if it is empty, and tells in *ret_gone whether it is gone. Returns 0 for a
 * node that is not empty. */
static int remove_empty(const struct cgroup_manager *manager, const char *path, bool *ret_gone)
{
	*ret_gone = unlinkat(manager->root_fd, path + 1, AT_REMOVEDIR) == 0 || errno == ENOENT;
	return *ret_gone || errno == EBUSY || errno == ENOTEMPTY ? 0 : -errno;
}

int cgroup_remove(const struct cgroup_manager *manager, const char *path)
{
	char user[64], rescue[64];
	bool gone;
	int r;

	r = nodes_of_path(path, user, rescue, sizeof(user));
	if (r < 0)
		return r;
	if (strcmp(path, user) != 0 && strcmp(path, rescue) != 0 &&
		unlinkat(manager->root_fd, path + 1, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return errno == ENOTEMPTY ? -EBUSY : -errno;
	/* The user's node stays for as long as the user has other logins. The last one takes it
	 * along, and the rescue node too, which stays charged for memory that rescue sessions have
	 * left. */
	r = remove_empty(manager, user, &gone);
	if (r == 0 && gone)
		r = remove_empty(manager, rescue, &gone);
	return r < 0 ? r : placement_remove(manager, user, rescue);
}

bool cgroup_user_left(const struct cgroup_manager *manager, uid_t uid, char *ret_path, size_t size)
{
	static int (*const paths[])(uid_t, char *, size_t) = {
		cgroupfs_user_path, cgroupfs_rescue_path};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (paths[i](uid, ret_path, size) == 0 &&
			(fd_look(manager->root_fd, ret_path + 1) == 0 ||
				placement_exists(manager, ret_path)))
			return true;
	return false;
}

/* Adds the folders in @node to the NULL-terminated @paths, as far as memory allows. */
static char **add_session_folders(
	const struct cgroup_manager *manager, const char *node, char **paths)
{
	cleanup_close int fd = node_open(manager, node);
	cleanup_closedir DIR *dir = NULL;
	struct dirent *entry;
	size_t count = 0;

	if (fd >= 0)
		(void)fd_open_dir(fd, &dir);
	while (paths && paths[count])
		count++;
	while (dir && (entry = readdir(dir))) {
		char **grown;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		grown = reallocarray(paths, count + 2, sizeof(*paths));
		if (!grown)
			break;
		paths = grown;
		if (asprintf(&paths[count], "%s/%s", node, entry->d_name) < 0)
			paths[count] = NULL;
		if (!paths[count])
			break;
		paths[++count] = NULL;
	}
	return paths;
}

int cgroup_list_sessions(const struct cgroup_manager *manager, uid_t uid, char ***ret_paths)
{
	char user[64], rescue[64];
	int r = cgroupfs_user_path(uid, user, sizeof(user));

	if (r == 0)
		r = cgroupfs_rescue_path(uid, rescue, sizeof(rescue));
	if (r < 0)
		return r;
	*ret_paths = add_session_folders(manager, rescue, add_session_folders(manager, user, NULL));
	return 0;
}
