// SPDX-License-Identifier: MIT
/*
 * processes.c - finds the processes of a session in /proc: those in its pid namespace or in one
 * below it or, where it has none of its own, those in its cgroup.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "session/inventory.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* A process may have 65,536 groups, of ten digits each. */
enum { STATUS_MAX = 1 << 20 };

struct processes {
	struct inventory_process *item;
	size_t count, room;
};

/* Returns the text behind "NAME:" in a proc_pid_status(5), or NULL if there is none. */
static const char *status_field(const char *status, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = status; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, length) == 0 && line[length] == ':')
			return line + length + 1 + strspn(line + length + 1, "\t ");
	}
	return NULL;
}

/* Returns the pid in the session's namespace, or @pid. "NSpid: 812 7" has the pid in each
 * namespace, first the host's, then the session's. */
static pid_t pid_inside(const char *status, pid_t pid)
{
	const char *field = status_field(status, "NSpid");
	int host, inside;

	return field && sscanf(field, "%d %d", &host, &inside) == 2 ? inside : pid;
}

static int describe_process(int proc_fd, pid_t pid, struct inventory_process *ret_process)
{
	struct inventory_process process = {.pid = pid};
	cleanup_free char *status = NULL;
	const char *field;
	struct proc_stat stat;
	int r = fd_read_file(proc_fd, "status", STATUS_MAX, &status);

	if (r < 0)
		return r;
	process.inside_pid = pid_inside(status, pid);
	field = status_field(status, "Uid");
	if (field)
		process.uid = (uid_t)strtoul(field, NULL, 10);
	field = status_field(status, "VmRSS");
	if (field)
		process.rss = strtoull(field, NULL, 10) * 1024;
	field = status_field(status, "Name");
	if (field)
		snprintf(process.name, sizeof(process.name), "%.*s", (int)strcspn(field, "\n"),
			field);
	text_sanitize(process.name);
	if (proc_stat_at(proc_fd, &stat) == 0)
		process.cpu_usec = stat.cpu_usec;
	*ret_process = process;
	return 0;
}

/*
 * Returns whether a process belongs to the session. Sandboxed programs (bubblewrap, browsers) make
 * pid namespaces of their own below the session's, so the session's own has to be among the
 * ancestors. The kernel tells of the direct one alone. For the others the cgroup decides, which the
 * processes cannot leave.
 */
static bool process_belongs(const struct session_record *record, pid_t pid)
{
	char cgroup[sizeof(record->place.session)];
	uint64_t inode;
	size_t length = strlen(record->place.session);

	if (record->pid_namespace != 0 && proc_namespace(pid, "pid", &inode) == 0 &&
		inode == record->pid_namespace)
		return true;
	if (length == 0 || cgroup_of(pid, cgroup, sizeof(cgroup)) < 0)
		return false;
	if (strncmp(cgroup, record->place.session, length) != 0 ||
		(cgroup[length] != '\0' && cgroup[length] != '/'))
		return false;
	return true;
}

static int add_process(struct processes *processes, const struct inventory_process *process)
{
	if (processes->count == processes->room) {
		size_t room = processes->room ? processes->room * 2 : 64;
		struct inventory_process *grown =
			reallocarray(processes->item, room, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		processes->item = grown;
		processes->room = room;
	}
	processes->item[processes->count++] = *process;
	return 0;
}

static int add_if_member(const struct session_record *record, int proc, const char *name,
	struct processes *processes)
{
	cleanup_close int fd = openat(proc, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct inventory_process process;
	pid_t pid = (pid_t)strtol(name, NULL, 10);

	if (fd < 0 || !process_belongs(record, pid) || describe_process(fd, pid, &process) < 0)
		return 0;
	return add_process(processes, &process);
}

int inventory_processes(const struct session_record *record, struct inventory_process **ret_process,
	size_t *ret_count, struct carrel_error *err)
{
	cleanup_closedir DIR *dir = opendir("/proc");
	struct processes processes = {0};
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return error_set(err, -errno, "/proc");
	while (r == 0 && (entry = readdir(dir)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			r = add_if_member(record, dirfd(dir), entry->d_name, &processes);
	if (r < 0) {
		free(processes.item);
		return error_set(err, r, "processes of session %s", record->id);
	}
	*ret_process = processes.item;
	*ret_count = processes.count;
	return 0;
}
