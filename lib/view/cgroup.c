// SPDX-License-Identifier: MIT
/*
 * cgroup.c - leaves the cgroups that carrel made, and removes them once what ran in them is gone.
 */
#include "view/view.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int view_cgroup_leave(int fd, const char *path)
{
	ssize_t n;

	if (path)
		fd = view_open_path(fd, path, O_WRONLY | O_NOCTTY);
	if (fd < 0)
		return -1;
	n = write(fd, "0", 1);
	if (path)
		close(fd);
	return n == 1 ? 0 : -1;
}

/*
 * Removes a cgroup whose processes have been killed. Those that are not our children (sshd's) may
 * take a moment to end. cgroup.events wakes us when the last is gone (cgroup-v2.rst, "[Un]populated
 * Notification").
 */
int view_cgroup_remove(int root, const char *path, int patience)
{
	struct timespec start;
	struct pollfd events;
	int dir, error = 0;

	if (unlinkat(root, path, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	dir = errno == EBUSY ? view_open_path(root, path, O_PATH | O_DIRECTORY) : -1;
	if (dir < 0)
		return -1;
	events = (struct pollfd){
		.fd = view_open_path(dir, "cgroup.events", O_RDONLY), .events = POLLPRI};
	close(dir);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (;;) {
		char text[128];
		int waited = (int)view_milliseconds_since(&start);

		if (events.fd >= 0 && pread(events.fd, text, sizeof(text), 0) < 0)
			break;
		error = unlinkat(root, path, AT_REMOVEDIR) < 0 && errno != ENOENT ? errno : 0;
		if (error != EBUSY || events.fd < 0 || waited >= patience)
			break;
		if (poll(&events, 1, patience - waited) == 0)
			break;
	}
	if (events.fd >= 0)
		close(events.fd);
	errno = error;
	return error ? -1 : 0;
}

int view_cgroup_remove_below(int root, const char *path, int patience)
{
	static char buffer[4096] __attribute__((aligned(8)));
	int dir = view_open_path(root, path, O_RDONLY | O_DIRECTORY);
	struct timespec start;
	long n;

	if (dir < 0)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &start);
	while ((n = syscall(SYS_getdents64, dir, buffer, sizeof(buffer))) > 0)
		for (long at = 0; at < n;) {
			const struct view_dir_entry *entry = (const void *)(buffer + at);

			if (entry->type == DT_DIR && entry->name[0] != '.')
				view_cgroup_remove(dir, entry->name,
					patience - (int)view_milliseconds_since(&start));
			at += entry->length;
		}
	close(dir);
	return view_cgroup_remove(root, path, 0);
}
