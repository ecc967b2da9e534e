// SPDX-License-Identifier: MIT
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/tree/delegation.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { PROC_CGROUP_MAX = 1 << 20 };

/* "7:pids:/carrel/user-1001/1001-3"; version 1 has a line for each hierarchy. 0 is the caller. */
static int read_lines(pid_t pid, char **ret_text)
{
	char path[64] = "/proc/self/cgroup";

	if (pid != 0)
		snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	return fd_read_file(AT_FDCWD, path, PROC_CGROUP_MAX, ret_text);
}

/* The path of a line "ID:CONTROLLERS:/PATH" with these controllers, or NULL. */
static const char *path_of(char *line, const char *controllers)
{
	const char *id = strsep(&line, ":");
	const char *found = strsep(&line, ":");

	return id && line && strcmp(found, controllers) == 0 && line[0] == '/' ? line : NULL;
}

int cgroup_path(pid_t pid, const char *controllers, char *ret_path, size_t size)
{
	cleanup_free char *text = NULL;
	char *next, *line;
	int r = read_lines(pid, &text);

	if (r < 0)
		return r == -ENOENT && pid != 0 ? -ESRCH : r;
	next = text;
	while ((line = strsep(&next, "\n"))) {
		const char *found = path_of(line, controllers);

		if (!found)
			continue;
		if (strlen(found) >= size)
			return -ENAMETOOLONG;
		strcpy(ret_path, found);
		return 0;
	}
	return -ENOENT;
}

int cgroup_of(pid_t pid, char *ret_path, size_t size)
{
	return cgroup_path(pid, "", ret_path, size); /* "0::/…" */
}

/* The uid of the component @prefix, UID and @suffix that @name begins with, or -1. */
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

/* The first user's node from the top, and where its name ends: what is below belongs to that user,
 * whatever it is called. */
static int64_t owner_of(const char *path, const char **ret_end)
{
	static const struct {
		const char *parent, *prefix, *suffix;
	} nodes[] = {
		{"/user.slice/", "user-", ".slice"},
		{"/user.slice/user-rescue.slice/", "user-rescue-", ".slice"},
		{"/carrel/", "user-", ""},
		{"/carrel/", "rescue-", ""},
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

/* Of the line "ID:CONTROLLERS:/PATH": 0, -ENOENT: nobody's, -errno. Those who own a node name the
 * ones below it as they like, and whose quotas these are is theirs to say as well. */
static int owner_of_line(char *line, uid_t *ret_uid)
{
	const char *controllers, *end = NULL;
	int64_t uid;
	int r;

	(void)strsep(&line, ":");
	controllers = strsep(&line, ":");
	uid = line && line[0] == '/' ? owner_of(line, &end) : -1;
	if (uid < 0)
		return -ENOENT;
	line[end - line] = '\0';
	r = path_is_delegated(controllers, line);
	/* What is out of the view of a cgroup namespace is nothing that its users could make. */
	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 1)
		return -ENOENT;
	*ret_uid = (uid_t)uid;
	return 0;
}

int cgroup_user_of(pid_t pid, uid_t *ret_uid)
{
	cleanup_free char *text = NULL;
	char *rest, *line;
	int r = read_lines(pid, &text);

	if (r < 0)
		return r;
	r = -ENOENT;
	for (rest = text; r == -ENOENT && (line = strsep(&rest, "\n"));)
		r = owner_of_line(line, ret_uid);
	return r;
}

int cgroup_member_of(pid_t pid, uid_t *ret_uid)
{
	cleanup_free char *text = NULL;
	char *rest, *line;
	int r = read_lines(pid, &text);

	for (rest = text; r == 0 && (line = strsep(&rest, "\n"));)
		if (strncmp(line, "0::", strlen("0::")) == 0)
			return owner_of_line(line, ret_uid);
	return r < 0 ? r : -ENOENT;
}
