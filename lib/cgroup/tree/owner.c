// SPDX-License-Identifier: MIT
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/tree/delegation.h"
#include "cgroup/tree/membership.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Returns the uid of the component @prefix, UID and @suffix that @name begins with, or -1. */
static int64_t uid_of(const char *name, const char *prefix, const char *suffix)
{
	const char *digits = name + strlen(prefix);
	const char *end;

	if (strncmp(name, prefix, strlen(prefix)) != 0)
		return -1;
	end = digits + strspn(digits, "0123456789");
	if (end == digits || end - digits > 10 || strncmp(end, suffix, strlen(suffix)) != 0)
		return -1;
	end += strlen(suffix);
	return *end == '/' || *end == '\0' ? strtoll(digits, NULL, 10) : -1;
}

/* Finds the first user's node from the top, and where its path ends. All that is below it belongs
 * to that user, whatever it is called. Returns the uid or -1. */
static int64_t owner_of(const char *path, const char **ret_end)
{
	static const struct {
		const char *parent, *prefix, *suffix;
	} nodes[] = {
		{"/user.slice/", "user-", ".slice"},
		{"/user.slice/user-rescue.slice/", "user-rescue-", ".slice"},
		{CGROUPFS_TOP "/", "user-", ""},
		{CGROUPFS_TOP "/", "rescue-", ""},
	};
	const char *first = NULL;
	int64_t owner = -1;

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		const char *at = strstr(path, nodes[i].parent);
		int64_t uid =
			at ? uid_of(at + strlen(nodes[i].parent), nodes[i].prefix, nodes[i].suffix)
			   : -1;

		if (uid < 0 || uid >= (int64_t)UINT_MAX || (first && at > first))
			continue;
		first = at;
		owner = uid;
		*ret_end = strchrnul(at + strlen(nodes[i].parent) + strlen(nodes[i].prefix), '/');
	}
	return owner;
}

/* Finds the user whose node @membership is in. A node below one that a user owns does not count:
 * users name those as they like, and could claim the quotas of others. Returns 0, -ENOENT or
 * -errno. */
static int find_owner(const struct membership *membership, uid_t *ret_uid)
{
	const char *end = NULL;
	int64_t uid = owner_of(membership->path, &end);
	int r;

	if (uid < 0)
		return -ENOENT;
	membership->path[end - membership->path] = '\0';
	r = path_is_delegated(membership->controllers, membership->path);
	/* Users cannot make a node that is out of the view of their cgroup namespace. */
	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 1)
		return -ENOENT;
	*ret_uid = (uid_t)uid;
	return 0;
}

int cgroup_user_of(pid_t pid, uid_t *ret_uid)
{
	cleanup(membership_free) struct membership_list list = {0};
	struct membership membership;
	int r = membership_load(pid, &list);

	if (r < 0)
		return r;
	r = -ENOENT;
	while (r == -ENOENT && membership_next(&list, &membership))
		r = find_owner(&membership, ret_uid);
	return r;
}

int cgroup_member_of(pid_t pid, uid_t *ret_uid)
{
	cleanup(membership_free) struct membership_list list = {0};
	struct membership membership;
	int r = membership_load(pid, &list);

	if (r < 0)
		return r;
	while (membership_next(&list, &membership))
		if (membership.controllers[0] == '\0')
			return find_owner(&membership, ret_uid);
	return -ENOENT;
}

int cgroup_own_node(const struct cgroup_manager *manager, char *ret_path, size_t size)
{
	const char *end = NULL;
	int r = cgroup_of(0, ret_path, size);

	if (r < 0)
		return r;
	/* The root of a whole tree has no type (cgroup-v2.rst). */
	if (strcmp(ret_path, "/") == 0)
		return fd_look(manager->root_fd, "cgroup.type");
	if (owner_of(ret_path, &end) < 0)
		return -ENOENT;
	ret_path[end - ret_path] = '\0';
	return 0;
}
