// SPDX-License-Identifier: MIT
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/proc.h"
#include "cgroup/cgroup.h"
#include "keeper.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FILE_MAX = 1 << 20,
	STATUS_MAX = 16384,
	LOADAVG_MAX = 256,
	DEPTH_MAX = 16,
	GUEST_CGROUPS = 2,
	GUEST_CGROUP_MAX = 64,
};

/* Reads the beginning of a file of proc(5). A process may have 65,536 groups, and so hundreds of
 * KiB of status. Most of what counts stands before them; NSpid behind them may be cut off. Returns
 * 0 or -errno. */
static int read_begin(int proc, const char *name, char *buf, size_t size)
{
	cleanup_close int fd = openat(proc, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return 0;
}

/* Returns the text behind @name, "\nPPid:" for example, in a proc_pid_status(5); "" where there is
 * none. */
static const char *text_behind(const char *status, const char *name)
{
	const char *line = strstr(status, name);

	return line ? line + strlen(name) : "";
}

/* Returns the second number behind "NSpid:", 7 of "812 7", which is what the session calls the
 * process; or @first where there is none. */
static pid_t second_number(const char *text, pid_t first)
{
	char *end;
	long number = strtol(text, &end, 10);
	const char *rest = end;

	(void)number;
	number = strtol(rest, &end, 10);
	return end != rest && *rest == '\t' ? (pid_t)number : first;
}

int keeper_read(struct seen *seen)
{
	cleanup_close int proc = -EBADF;
	char path[32], status[STATUS_MAX];
	struct proc_stat stat;
	int r;

	snprintf(path, sizeof(path), "/proc/%d", (int)seen->pid);
	proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return -errno;
	r = read_begin(proc, "status", status, sizeof(status));
	if (r == 0)
		r = proc_stat_at(proc, &stat);
	if (r < 0)
		return r;
	seen->tty = stat.terminal;
	seen->parent = (pid_t)strtol(text_behind(status, "\nPPid:"), NULL, 10);
	seen->uid = (uid_t)strtoul(text_behind(status, "\nUid:"), NULL, 10);
	seen->inside = second_number(text_behind(status, "\nNSpid:"), seen->pid);
	seen->qemu = strncmp(status, "Name:\tqemu-", strlen("Name:\tqemu-")) == 0;
	seen->read = true;
	return fd_take(&proc);
}

static bool read_unread(struct seen *seen)
{
	if (!seen->read) {
		int proc = keeper_read(seen);

		fd_closep(&proc);
	}
	return seen->read;
}

static int add_seen(struct seen_list *list, pid_t pid)
{
	if (list->count == list->room) {
		size_t room = list->room ? list->room * 2 : 64;
		struct seen *grown = reallocarray(list->item, room, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		list->item = grown;
		list->room = room;
	}
	list->item[list->count++] = (struct seen){.pid = pid};
	return 0;
}

static int add_members(struct seen_list *list, int node)
{
	cleanup_free char *text = NULL;
	char *end;
	int r = fd_read_file(node, "cgroup.procs", FILE_MAX, &text);

	for (const char *at = text; r == 0 && *at; at = end + strspn(end, "\n")) {
		pid_t pid = (pid_t)strtol(at, &end, 10);

		if (end == at)
			break;
		if (pid > 0)
			r = add_seen(list, pid);
	}
	/* A threaded cgroup of the user's own has no list of processes. */
	return r == -EOPNOTSUPP ? 0 : r;
}

static int walk_cgroups(struct seen_list *list, int node, int depth)
{
	cleanup_closedir DIR *dir = NULL;
	struct dirent *entry;
	int r = add_members(list, node);

	if (r < 0 || depth == DEPTH_MAX)
		return r == -ENOENT || r == -ENODEV ? 0 : r;
	r = fd_open_dir(node, &dir);
	while (r == 0 && (entry = readdir(dir))) {
		cleanup_close int child = -EBADF;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		child = fd_open_beneath(node, entry->d_name, O_RDONLY | O_DIRECTORY, 0);
		if (child >= 0)
			r = walk_cgroups(list, child, depth + 1);
	}
	return r;
}

static int compare_seen(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static struct seen *search_seen(const struct seen_list *list, pid_t pid)
{
	const struct seen wanted = {.pid = pid};

	return list->count > 0
		       ? bsearch(&wanted, list->item, list->count, sizeof(wanted), compare_seen)
		       : NULL;
}

int keeper_list(struct keeper *keeper, bool anew)
{
	struct seen_list list = {0};
	int r = walk_cgroups(&list, keeper->node_fd, 0);

	if (list.count > 0)
		qsort(list.item, list.count, sizeof(struct seen), compare_seen);
	for (size_t i = 0; i < list.count && !anew; i++) {
		const struct seen *known = search_seen(&keeper->seen, list.item[i].pid);

		if (known && known->scored)
			list.item[i] = *known;
	}
	free(keeper->seen.item);
	keeper->seen = list;
	return r;
}

/* Writes the names that the guest's cgroup can have below the user's: with systemd, and without it
 * (guest/launch/place.c). */
static void name_guests(const struct keeper *keeper, char ret_name[GUEST_CGROUPS][GUEST_CGROUP_MAX])
{
	snprintf(ret_name[0], GUEST_CGROUP_MAX, "carrel-guest@%u.service", (unsigned)keeper->uid);
	snprintf(ret_name[1], GUEST_CGROUP_MAX, "%u-guest", (unsigned)keeper->uid);
}

/* Tells where in the user's node a process is whose cgroup2 path is @path. */
static enum keeper_place place_in(const struct keeper *keeper, const char *path)
{
	char guest[GUEST_CGROUPS][GUEST_CGROUP_MAX];

	if (strcmp(path, keeper->node) == 0)
		return KEEPER_MEMBER;
	if (!cgroup_is_below(path, keeper->node))
		return KEEPER_OUTSIDE;
	name_guests(keeper, guest);
	for (int i = 0; i < GUEST_CGROUPS; i++)
		if (strcmp(path + strlen(keeper->node) + 1, guest[i]) == 0)
			return KEEPER_GUEST;
	return KEEPER_MEMBER;
}

bool keeper_has_guest(const struct keeper *keeper)
{
	char guest[GUEST_CGROUPS][GUEST_CGROUP_MAX];

	name_guests(keeper, guest);
	for (int i = 0; i < GUEST_CGROUPS; i++)
		if (fd_look(keeper->node_fd, guest[i]) == 0)
			return true;
	return false;
}

enum keeper_place keeper_place_of(const struct keeper *keeper, int proc)
{
	char path[PATH_MAX];

	return cgroup_of_proc(proc, path, sizeof(path)) < 0 ? KEEPER_OUTSIDE
							    : place_in(keeper, path);
}

size_t keeper_newest(const struct keeper *keeper)
{
	cleanup_free char *text = NULL;
	size_t newest = keeper->seen.count;
	const char *last;

	/* The last field of proc_loadavg(5) is the number of the process that was started last.
	 * Numbers begin anew after the highest, so those beyond it are of the time before. */
	if (fd_read_file(AT_FDCWD, "/proc/loadavg", LOADAVG_MAX, &text) < 0)
		return newest;
	last = strrchr(text, ' ');
	while (last && newest > 0 && keeper->seen.item[newest - 1].pid > strtol(last, NULL, 10))
		newest--;
	return newest > 0 ? newest : keeper->seen.count;
}

int keeper_look(struct keeper *keeper)
{
	int r = keeper_list(keeper, false);

	for (size_t i = 0; i < keeper->seen.count; i++)
		read_unread(&keeper->seen.item[i]);
	return r;
}

const struct seen *keeper_find(struct keeper *keeper, pid_t pid)
{
	struct seen *seen = search_seen(&keeper->seen, pid);

	return seen && read_unread(seen) ? seen : NULL;
}
