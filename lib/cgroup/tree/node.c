// SPDX-License-Identifier: MIT
#include "cgroup/tree/node.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/proc.h"
#include "cgroup/tree/hierarchy.h"
#include "cgroup/tree/keyed.h"
#include "cgroup/tree/v1.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/pidfd.h>
#include <time.h>

enum { FILE_MAX = 1 << 20 };

int node_open(const struct cgroup_manager *manager, const char *path)
{
	if (path[0] != '/')
		return -EINVAL;
	path += strspn(path, "/");
	return fd_open_beneath(manager->root_fd, path[0] ? path : ".", O_PATH | O_DIRECTORY, 0);
}

static int move_number(const struct cgroup_manager *manager, const char *path, pid_t pid)
{
	cleanup_close int fd = node_open(manager, path);
	char text[16];

	if (fd < 0)
		return fd;
	/* "0" is the writer, whatever pid namespace it lives in (cgroup-v2.rst). */
	snprintf(text, sizeof(text), "%d", (int)pid);
	return fd_write_file(fd, "cgroup.procs", text);
}

int node_enter(const struct cgroup_manager *manager, const char *path)
{
	return move_number(manager, path, 0);
}

int node_settle_process(
	const struct cgroup_manager *manager, const char *path, pid_t pid, int pidfd)
{
	char now[PATH_MAX], parents[PATH_MAX];
	pid_t parent;

	/* A zombie keeps its number, so no other process can have been moved instead. */
	if (pidfd_send_signal(pidfd, 0, NULL, 0) == 0)
		return 0;
	if (errno != ESRCH)
		return -errno;
	if (cgroup_of(pid, now, sizeof(now)) == 0 && strcmp(now, path) == 0 &&
		proc_parent(pid, &parent) == 0 && parent > 0 &&
		cgroup_of(parent, parents, sizeof(parents)) == 0)
		(void)move_number(manager, parents, pid);
	return -ESRCH;
}

int node_move_process(const struct cgroup_manager *manager, const char *path, pid_t pid, int pidfd)
{
	int r = move_number(manager, path, pid);

	return r < 0 ? r : node_settle_process(manager, path, pid, pidfd);
}

/* Returns whether @word stands in @text, between blanks and line ends. */
static bool text_has_word(const char *text, const char *word)
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
	return text_has_word(text, word);
}

static int read_v1(
	const struct cgroup_hierarchy *hierarchy, const char *path, struct cgroup_setting *setting)
{
	cleanup_close int fd = hierarchy_open(hierarchy, path);

	return fd < 0 ? fd : v1_read_setting(fd, setting);
}

static int read_v2(int fd, struct cgroup_setting *setting)
{
	cleanup_free char *text = NULL;
	int r = fd_read_file(fd, cgroup_rows[setting->id].name, FILE_MAX, &text);

	return r < 0 ? r : cgroup_setting_parse(setting, text);
}

int node_read_setting(const struct cgroup_manager *manager, const char *path, int fd,
	struct cgroup_setting *setting)
{
	const struct cgroup_hierarchy *hierarchy = hierarchy_of(manager, setting->id);
	int r = hierarchy ? read_v1(hierarchy, path, setting) : read_v2(fd, setting);

	if (r != -ENOENT)
		return r;
	cgroup_setting_inherent(setting);
	return 0;
}

bool cgroup_has_events(const struct cgroup_manager *manager, const char *path)
{
	cleanup_close int fd = node_open(manager, path);

	return fd >= 0 && (fd_look(fd, "memory.events") == 0 || fd_look(fd, "pids.events") == 0);
}

bool cgroup_populated(const struct cgroup_manager *manager, const char *path)
{
	cleanup_close int fd = node_open(manager, path);
	uint64_t populated = 0;

	/* A node that cannot be read need not be empty. */
	if (fd < 0)
		return fd != -ENOENT;
	return keyed_read_value(fd, "cgroup.events", "populated", &populated) < 0 || populated > 0;
}

/* Prints a limit of v1 as cgroup2 would. */
static int print_v1(const struct cgroup_hierarchy *hierarchy, const char *path,
	enum cgroup_limit_id id, char **ret_text)
{
	cleanup_close int fd = hierarchy_open(hierarchy, path);
	struct cgroup_setting setting = {.id = id};
	int r = fd < 0 ? fd : 0;

	if (r == 0 && id == CGROUP_IO_MAX) {
		r = v1_first_device(fd, &setting);
		if (r == -ENOENT && fd_look(fd, cgroup_rows[id].v1.file) == 0) {
			*ret_text = strdup("");
			return *ret_text ? 0 : -ENOMEM;
		}
	}
	if (r == 0)
		r = v1_read_setting(fd, &setting);
	if (r < 0)
		return r;
	*ret_text = cgroup_setting_format(&setting);
	return *ret_text ? 0 : -ENOMEM;
}

int cgroup_read_limit(const struct cgroup_manager *manager, const char *path,
	enum cgroup_limit_id id, char **ret_text)
{
	const struct cgroup_hierarchy *hierarchy = hierarchy_of(manager, id);
	cleanup_close int fd = -EBADF;
	cleanup_free char *text = NULL;
	int r;

	if (hierarchy)
		return print_v1(hierarchy, path, id, ret_text);
	fd = node_open(manager, path);
	if (fd < 0)
		return fd;
	r = fd_read_file(fd, cgroup_limit_name(id), FILE_MAX, &text);
	if (r < 0)
		return r;
	text[strcspn(text, "\n")] = '\0';
	*ret_text = TAKE_PTR(text);
	return 0;
}

int cgroup_read_number(const struct cgroup_manager *manager, const char *path,
	enum cgroup_limit_id id, uint64_t *ret_number)
{
	cleanup_close int fd = node_open(manager, path);
	struct cgroup_setting setting = {.id = id};
	int r = fd < 0 ? fd : node_read_setting(manager, path, fd, &setting);

	if (r == 0)
		*ret_number = setting.value.number;
	return r;
}

int cgroup_kill(const struct cgroup_manager *manager, const char *path, deadline_t deadline)
{
	static const struct timespec nap = {.tv_nsec = 5000000};
	cleanup_close int fd = node_open(manager, path);
	uint64_t populated = 1;
	int r = fd < 0 ? fd : fd_write_file(fd, "cgroup.kill", "1");

	while (r == 0 && populated) {
		/* systemd may have removed the node once it was empty. */
		if (keyed_read_value(fd, "cgroup.events", "populated", &populated) < 0)
			break;
		if (populated && deadline_left_usec(deadline) == 0)
			return -ETIMEDOUT;
		if (populated)
			nanosleep(&nap, NULL);
	}
	return r;
}
