// SPDX-License-Identifier: MIT
#include "cgroup/node.h"
#include "base/cleanup.h"
#include "base/fd.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>

enum { FILE_MAX = 1 << 20, PROC_CGROUP_MAX = 1 << 20 };

int node_open(const struct cgroup_manager *manager, const char *path)
{
	if (path[0] != '/')
		return -EINVAL;
	path += strspn(path, "/");
	return fd_open_beneath(manager->root_fd, path[0] ? path : ".", O_PATH | O_DIRECTORY, 0);
}

int node_enter(const struct cgroup_manager *manager, const char *path)
{
	cleanup_close int fd = node_open(manager, path);

	if (fd < 0)
		return fd;
	/* "0" is the writer, whatever pid namespace it lives in (cgroup-v2.rst). */
	return fd_write_file(fd, "cgroup.procs", "0");
}

/* Finds @word between blanks and line ends. */
static bool has_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (const char *p = text; *(p += strspn(p, " \n")); p += strcspn(p, " \n"))
		if (strcspn(p, " \n") == length && memcmp(p, word, length) == 0)
			return true;
	return false;
}

int node_has_word(
	const struct cgroup_manager *manager, const char *path, const char *file, const char *word)
{
	cleanup_close int fd = node_open(manager, path);
	cleanup_free char *text = NULL;
	int r;

	if (fd < 0)
		return fd;
	r = fd_read_file(fd, file, FILE_MAX, &text);
	if (r < 0)
		return r;
	return has_word(text, word);
}

int node_read_setting(int fd, struct cgroup_setting *setting)
{
	cleanup_free char *text = NULL;
	int r;

	r = fd_read_file(fd, cgroup_rows[setting->id].name, FILE_MAX, &text);
	if (r == -ENOENT) {
		cgroup_setting_inherent(setting);
		return 0;
	}
	if (r < 0)
		return r;
	return cgroup_setting_parse(setting, text);
}

int node_read_number(int fd, const char *file, uint64_t *ret_number)
{
	cleanup_free char *text = NULL;
	int r;

	r = fd_read_file(fd, file, FILE_MAX, &text);
	if (r < 0)
		return r;
	return cgroup_number_parse(text, ret_number, NULL);
}

int node_read_keyed(int fd, const char *file, const char *key, uint64_t *ret_number)
{
	cleanup_free char *text = NULL;
	size_t length = strlen(key);
	int r;

	r = fd_read_file(fd, file, FILE_MAX, &text);
	if (r < 0)
		return r;
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, length) == 0 && line[length] == ' ')
			return cgroup_number_parse(line + length + 1, ret_number, NULL);
	}
	return -ENOENT;
}

bool node_is_below(const char *path, const char *above)
{
	size_t length = strlen(above);

	return strncmp(path, above, length) == 0 && path[length] == '/' && path[length + 1] != '\0';
}

int cgroup_read_usage(
	const struct cgroup_manager *manager, const char *path, struct cgroup_usage *ret_usage)
{
	cleanup_close int fd = node_open(manager, path);
	struct cgroup_usage usage = {UINT64_MAX, UINT64_MAX, UINT64_MAX};

	if (fd < 0)
		return fd;
	/* A file that is missing leaves its member unknown: its controller is not enabled. */
	(void)node_read_number(fd, "memory.current", &usage.memory);
	(void)node_read_number(fd, "pids.current", &usage.pids);
	(void)node_read_keyed(fd, "cpu.stat", "usage_usec", &usage.cpu_usec);
	*ret_usage = usage;
	return 0;
}

int cgroup_read_limit(const struct cgroup_manager *manager, const char *path,
	enum cgroup_limit_id id, char **ret_text)
{
	cleanup_close int fd = node_open(manager, path);
	cleanup_free char *text = NULL;
	int r;

	if (fd < 0)
		return fd;
	r = fd_read_file(fd, cgroup_limit_name(id), FILE_MAX, &text);
	if (r < 0)
		return r;
	text[strcspn(text, "\n")] = '\0';
	*ret_text = TAKE_PTR(text);
	return 0;
}

int cgroup_of(pid_t pid, char *ret_path, size_t size)
{
	cleanup_free char *text = NULL;
	char path[64] = "/proc/self/cgroup";
	char *next, *line;
	int r;

	if (pid != 0)
		snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	r = fd_read_file(AT_FDCWD, path, PROC_CGROUP_MAX, &text);
	if (r < 0)
		return r == -ENOENT && pid != 0 ? -ESRCH : r;
	next = text;
	while ((line = strsep(&next, "\n"))) {
		if (strncmp(line, "0::/", strlen("0::/")) != 0)
			continue;
		line += strlen("0::");
		if (strlen(line) >= size)
			return -ENAMETOOLONG;
		strcpy(ret_path, line);
		return 0;
	}
	return -ENOENT;
}

int cgroup_kill(const struct cgroup_manager *manager, const char *path, deadline_t deadline)
{
	static const struct timespec nap = {.tv_nsec = 5000000};
	cleanup_close int fd = node_open(manager, path);
	uint64_t populated = 1;
	int r = fd < 0 ? fd : fd_write_file(fd, "cgroup.kill", "1");

	while (r == 0 && populated) {
		/* Once it is empty systemd may have removed it. */
		if (node_read_keyed(fd, "cgroup.events", "populated", &populated) < 0)
			break;
		if (populated && deadline_left_usec(deadline) == 0)
			return -ETIMEDOUT;
		if (populated)
			nanosleep(&nap, NULL);
	}
	return r;
}
