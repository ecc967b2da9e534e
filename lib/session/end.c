// SPDX-License-Identifier: MIT
#include "session/end.h"
#include "base/cleanup.h"
#include "base/fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE_USEC = 2000000 }; /* of one that is asked; then it is killed */

/* Until @fd is readable or hung up, that is, until its process has ended. */
static int await_end(int fd, deadline_t deadline)
{
	struct pollfd gone = {.fd = fd, .events = POLLIN};

	for (;;) {
		int n = poll(&gone, 1, deadline_left_ms(deadline));

		if (n > 0)
			return 0;
		if (n == 0 || deadline_left_usec(deadline) == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

/* By its control socket. 1: it has ended; 0: it is the caller's own, or not there any more. */
static int end_by_socket(const char *id, deadline_t deadline)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct ucred listener;
	socklen_t size = sizeof(listener);
	int r;

	if (fd < 0)
		return -errno;
	snprintf(address.sun_path, sizeof(address.sun_path), CONTROL_DIR "/%.47s", id);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return errno == ENOENT || errno == ECONNREFUSED ? 0 : -errno;
	/* PID 1 is the session-init of the caller's own session, which takes no notice. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &listener, &size) < 0)
		return -errno;
	if (listener.pid == 1)
		return 0;
	r = await_end(fd, deadline);
	return r < 0 ? r : 1;
}

/* The socket tells the end before the pidfd does: the kernel keeps a PID 1 until every process of
 * its namespace has been reaped, of which some are sshd's children. */
static int end_init(const struct session_record *record, deadline_t deadline)
{
	cleanup_close int pidfd = proc_open(&record->init);

	if (pidfd < 0)
		return pidfd;
	if (end_by_socket(record->id, deadline_in(PATIENCE_USEC)) == 1)
		return 0;
	if (pidfd_send_signal(pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
		return -errno;
	return await_end(pidfd, deadline);
}

/* All that is in the session's cgroup, the process that opened it included. */
static int end_cgroup(const struct session_record *record, deadline_t deadline)
{
	const struct cgroup_place *place = &record->place;
	size_t length = strlen(place->user);
	struct cgroup_manager *manager = NULL;
	int r;

	if (length < 2 || strncmp(place->session, place->user, length) != 0 ||
		place->session[length] != '/')
		return -EINVAL;
	r = cgroup_manager_open(CGROUP_MANAGER_AUTO, deadline, &manager, NULL);

	if (r == 0)
		r = cgroup_kill(manager, record->place.session);
	cgroup_manager_free(manager);
	return r;
}

int session_end(const struct session_record *record, deadline_t deadline, struct carrel_error *err)
{
	int r = record->init.pid > 0 ? end_init(record, deadline) : end_cgroup(record, deadline);

	return r < 0 ? error_set(err, r, "session %s", record->id) : 0;
}

int session_end_others(uid_t uid, deadline_t deadline, size_t *ret_ended, struct carrel_error *err)
{
	int folder = fd_open_nolinks(CONTROL_DIR, O_RDONLY | O_DIRECTORY);
	cleanup_closedir DIR *dir = NULL;
	struct dirent *entry;
	char prefix[16];
	int first = 0;

	*ret_ended = 0;
	if (folder < 0)
		return folder == -ENOENT ? 0 : error_set(err, folder, CONTROL_DIR);
	dir = fdopendir(folder);
	if (!dir) {
		close(folder);
		return error_set(err, -ENOMEM, CONTROL_DIR);
	}
	snprintf(prefix, sizeof(prefix), "%u-", (unsigned)uid);
	while ((entry = readdir(dir))) {
		int r;

		if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0 ||
			!record_is_id(entry->d_name))
			continue;
		r = end_by_socket(entry->d_name, deadline);
		if (r < 0 && !first)
			first = error_set(err, r, "session %s", entry->d_name);
		*ret_ended += r > 0;
	}
	return first;
}
