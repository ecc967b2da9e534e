// SPDX-License-Identifier: MIT
#include "cgroup/tree/membership.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/cgroup.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { PROC_CGROUP_MAX = 1 << 20 };

static int load_memberships(int dirfd, const char *path, struct membership_list *ret_list)
{
	int r;

	*ret_list = (struct membership_list){0};
	r = fd_read_file(dirfd, path, PROC_CGROUP_MAX, &ret_list->text);
	ret_list->next = ret_list->text;
	return r;
}

int membership_load(pid_t pid, struct membership_list *ret_list)
{
	char path[64] = "/proc/self/cgroup";
	int r;

	if (pid != 0)
		snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	r = load_memberships(AT_FDCWD, path, ret_list);
	return r == -ENOENT && pid != 0 ? -ESRCH : r;
}

void membership_free(struct membership_list *list)
{
	free(list->text);
	*list = (struct membership_list){0};
}

bool membership_next(struct membership_list *list, struct membership *ret_membership)
{
	char *line;

	while ((line = strsep(&list->next, "\n"))) {
		const char *id = strsep(&line, ":");
		const char *controllers = strsep(&line, ":");

		if (!id || !controllers || !line || line[0] != '/')
			continue;
		*ret_membership = (struct membership){controllers, line};
		return true;
	}
	return false;
}

bool cgroup_is_below(const char *path, const char *above)
{
	size_t length = strlen(above);

	return strncmp(path, above, length) == 0 && path[length] == '/' && path[length + 1] != '\0';
}

static int path_in_tree(
	struct membership_list *list, const char *controllers, char *ret_path, size_t size)
{
	struct membership membership;

	while (membership_next(list, &membership)) {
		if (strcmp(membership.controllers, controllers) != 0)
			continue;
		if (strlen(membership.path) >= size)
			return -ENAMETOOLONG;
		strcpy(ret_path, membership.path);
		return 0;
	}
	return -ENOENT;
}

int cgroup_path(pid_t pid, const char *controllers, char *ret_path, size_t size)
{
	cleanup(membership_free) struct membership_list list = {0};
	int r = membership_load(pid, &list);

	return r < 0 ? r : path_in_tree(&list, controllers, ret_path, size);
}

int cgroup_of_proc(int proc_fd, char *ret_path, size_t size)
{
	cleanup(membership_free) struct membership_list list = {0};
	int r = load_memberships(proc_fd, "cgroup", &list);

	return r < 0 ? r : path_in_tree(&list, "", ret_path, size);
}

int cgroup_of(pid_t pid, char *ret_path, size_t size)
{
	return cgroup_path(pid, "", ret_path, size); /* "0::/…" */
}
