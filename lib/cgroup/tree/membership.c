// SPDX-License-Identifier: MIT
#include "cgroup/tree/membership.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/cgroup.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { PROC_CGROUP_MAX = 1 << 20 };

int membership_load(pid_t pid, struct membership_list *ret_list)
{
	char path[64] = "/proc/self/cgroup";
	int r;

	if (pid != 0)
		snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	*ret_list = (struct membership_list){0};
	r = fd_read_file(AT_FDCWD, path, PROC_CGROUP_MAX, &ret_list->text);
	ret_list->next = ret_list->text;
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

bool membership_is_below(const char *path, const char *above)
{
	size_t length = strlen(above);

	return strncmp(path, above, length) == 0 && path[length] == '/' && path[length + 1] != '\0';
}

int cgroup_path(pid_t pid, const char *controllers, char *ret_path, size_t size)
{
	cleanup(membership_free) struct membership_list list = {0};
	struct membership membership;
	int r = membership_load(pid, &list);

	if (r < 0)
		return r;
	while (membership_next(&list, &membership)) {
		if (strcmp(membership.controllers, controllers) != 0)
			continue;
		if (strlen(membership.path) >= size)
			return -ENAMETOOLONG;
		strcpy(ret_path, membership.path);
		return 0;
	}
	return -ENOENT;
}

int cgroup_of(pid_t pid, char *ret_path, size_t size)
{
	return cgroup_path(pid, "", ret_path, size); /* "0::/…" */
}
