// SPDX-License-Identifier: MIT
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/cgroup.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { PROC_CGROUP_MAX = 1 << 20 };

/* The uid of the component "user-UID" and @suffix that @name begins with, or -1. */
static int64_t uid_of(const char *name, const char *suffix)
{
	const char *digits = name + strlen("user-");
	const char *end;

	if (strncmp(name, "user-", strlen("user-")) != 0)
		return -1;
	end = digits + strspn(digits, "0123456789");
	if (end == digits || end - digits > 10 || strncmp(end, suffix, strlen(suffix)) != 0)
		return -1;
	end += strlen(suffix);
	return *end == '/' || *end == '\0' ? strtoll(digits, NULL, 10) : -1;
}

/* The first user's node from the top: what is below belongs to that user, whatever it is called. */
static int64_t owner_of(const char *path)
{
	static const struct {
		const char *parent, *suffix;
	} nodes[] = {
		{"/user.slice/", ".slice"},
		{"/carrel/", ""},
	};
	const char *first = NULL;
	int64_t owner = -1;

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		const char *at = strstr(path, nodes[i].parent);
		int64_t uid = at ? uid_of(at + strlen(nodes[i].parent), nodes[i].suffix) : -1;

		if (uid < 0 || uid >= (int64_t)UINT_MAX || (first && at > first))
			continue;
		first = at;
		owner = uid;
	}
	return owner;
}

int cgroup_user_of(pid_t pid, uid_t *ret_uid)
{
	cleanup_free char *text = NULL;
	char path[64] = "/proc/self/cgroup";
	char *rest, *line;
	int r;

	if (pid != 0)
		snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	r = fd_read_file(AT_FDCWD, path, PROC_CGROUP_MAX, &text);
	if (r < 0)
		return r;
	/* "7:pids:/carrel/user-1001/1001-3": version 1 has a line for each hierarchy. */
	for (rest = text; (line = strsep(&rest, "\n"));) {
		const char *node = strchr(line, '/');
		int64_t uid = node ? owner_of(node) : -1;

		if (uid >= 0) {
			*ret_uid = (uid_t)uid;
			return 0;
		}
	}
	return -ENOENT;
}
