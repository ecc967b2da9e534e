// SPDX-License-Identifier: MIT
#include "base/proc.h"
#include "base/cleanup.h"
#include "base/fd.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

enum { STAT_MAX = 4096 };

/* Parses proc_pid_stat(5). The command name may hold anything, even blanks and ')'. The fields
 * behind it are therefore counted from the last ')', and begin with field 3. */
static int parse_stat(const char *text, struct proc_stat *ret_stat)
{
	const char *name = strchr(text, '('), *end = strrchr(text, ')');
	struct proc_stat stat = {0};
	uint64_t user, system;

	if (!name || !end || end < name ||
		sscanf(end,
			") %*c %d %*d %*d %d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
			" %*d %*d %*d %*d %*d %*d %" SCNu64,
			&stat.parent, &stat.terminal, &user, &system, &stat.start) != 5)
		return -EBADMSG;
	stat.cpu_usec = (user + system) * (1000000 / (uint64_t)sysconf(_SC_CLK_TCK));
	snprintf(stat.name, sizeof(stat.name), "%.*s", (int)(end - name - 1), name + 1);
	*ret_stat = stat;
	return 0;
}

static int read_stat(int dirfd, const char *path, struct proc_stat *ret_stat)
{
	cleanup_free char *text = NULL;
	int r = fd_read_file(dirfd, path, STAT_MAX, &text);

	if (r == -ENOENT)
		return -ESRCH;
	return r < 0 ? r : parse_stat(text, ret_stat);
}

int proc_stat_at(int proc_fd, struct proc_stat *ret_stat)
{
	return read_stat(proc_fd, "stat", ret_stat);
}

int proc_stat(pid_t pid, struct proc_stat *ret_stat)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	return read_stat(AT_FDCWD, path, ret_stat);
}

int proc_identify(pid_t pid, struct proc_id *ret_id)
{
	struct proc_stat stat;
	int r = proc_stat(pid, &stat);

	if (r == 0)
		*ret_id = (struct proc_id){.pid = pid, .start = stat.start};
	return r;
}

int proc_parent(pid_t pid, pid_t *ret_parent)
{
	struct proc_stat stat;
	int r = proc_stat(pid, &stat);

	if (r == 0)
		*ret_parent = stat.parent;
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

	/* A process that cannot be looked at need not be dead. */
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
