// SPDX-License-Identifier: MIT
#include "base/proc.h"
#include "base/cleanup.h"
#include "base/fd.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>

enum {
	STAT_MAX = 4096,
	STATE_FIELD = 3,
	PARENT_FIELD = 4,
	START_FIELD = 22,
};

/* The text of field @field of a proc_pid_stat(5) line. The command name may hold anything, also
 * blanks and ')', so fields are counted from the last ')'. */
static const char *stat_field(const char *stat, int field)
{
	const char *p = strrchr(stat, ')');

	if (!p)
		return NULL;
	for (int i = STATE_FIELD - 1; i < field; i++) {
		p = strchr(p, ' ');
		if (!p)
			return NULL;
		p++;
	}
	return p;
}

/* A number of /proc/PID/stat. */
static int stat_number(pid_t pid, int field, uint64_t *ret_number)
{
	cleanup_free char *stat = NULL;
	char path[64];
	const char *start;
	char *end;
	uint64_t number;
	int r;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	r = fd_read_file(AT_FDCWD, path, STAT_MAX, &stat);
	if (r == -ENOENT)
		return -ESRCH;
	if (r < 0)
		return r;
	start = stat_field(stat, field);
	if (!start)
		return -EBADMSG;
	errno = 0;
	number = strtoull(start, &end, 10);
	if (errno || end == start)
		return -EBADMSG;
	*ret_number = number;
	return 0;
}

int proc_identify(pid_t pid, struct proc_id *ret_id)
{
	uint64_t ticks;
	int r = stat_number(pid, START_FIELD, &ticks);

	if (r == 0)
		*ret_id = (struct proc_id){.pid = pid, .start = ticks};
	return r;
}

int proc_parent(pid_t pid, pid_t *ret_parent)
{
	uint64_t parent;
	int r = stat_number(pid, PARENT_FIELD, &parent);

	if (r == 0)
		*ret_parent = (pid_t)parent;
	return r;
}

int proc_open(const struct proc_id *id)
{
	cleanup_close int fd = -EBADF;
	struct proc_id now = {0};
	int r;

	if (id->pid <= 0)
		return -ESRCH;
	fd = pidfd_open(id->pid, 0);
	if (fd < 0)
		return -errno;
	r = proc_identify(id->pid, &now);
	if (r < 0)
		return r;
	if (now.start != id->start)
		return -ESRCH;
	return fd_take(&fd);
}

bool proc_alive(const struct proc_id *id)
{
	cleanup_close int fd = proc_open(id);
	struct pollfd ready = {.fd = fd, .events = POLLIN};

	/* Not being able to look is no sign of death. */
	if (fd == -EMFILE || fd == -ENFILE || fd == -ENOMEM)
		return true;
	/* A pidfd becomes readable when the process has ended, reaped or not. */
	return fd >= 0 && poll(&ready, 1, 0) == 0;
}

int proc_namespace(pid_t pid, const char *name, uint64_t *ret_inode)
{
	struct stat st;
	char path[64];

	if (pid == 0)
		snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	else
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, name);
	if (stat(path, &st) < 0)
		return -errno;
	*ret_inode = st.st_ino;
	return 0;
}
