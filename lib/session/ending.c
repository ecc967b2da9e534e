// SPDX-License-Identifier: MIT
#include "session/ending.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "plan/ops.h"
#include "session/connection.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_USEC = 2000000 }; /* for a session-init that is asked; then it is killed */

/* Waits until @fd is readable or hung up, that is, until its process has ended. */
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

/* Asks session-init at its control socket to end. Returns 1 once the session has ended; 0 where it
 * is the caller's own, or is not there any more; or -errno. */
static int end_by_socket(const char *id, deadline_t deadline)
{
	cleanup_close int fd = -EBADF;
	char path[96], answer = 0;
	int r;

	snprintf(path, sizeof(path), CONTROL_DIR "/%.47s", id);
	r = fd = connect_before(path, deadline);
	if (r == -ENOENT || r == -ECONNREFUSED)
		return 0;
	if (r >= 0)
		r = await_end(fd, deadline);
	if (r < 0)
		return r;
	/* session-init ignores processes of its own session. */
	if (recv(fd, &answer, 1, 0) != 1 || answer != PLAN_MESSAGE_ENDING)
		return 0;
	r = await_end(fd, deadline);
	return r < 0 ? r : 1;
}

static deadline_t ending_patience(deadline_t deadline)
{
	return deadline_left_usec(deadline) < PATIENCE_USEC ? deadline : deadline_in(PATIENCE_USEC);
}

/* Ends a session by its session-init. The socket tells the end before the pidfd does: the kernel
 * keeps a PID 1 until every process of its namespace has been reaped, and some of these are sshd's
 * children. */
static int end_init(const struct session_record *record, deadline_t deadline)
{
	cleanup_close int pidfd = proc_open(&record->init);

	if (pidfd < 0)
		return pidfd;
	if (end_by_socket(record->id, ending_patience(deadline)) == 1)
		return 0;
	if (pidfd_send_signal(pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
		return -errno;
	return await_end(pidfd, deadline);
}

/* Ends all that is in the session's cgroup, including the process that opened it. */
static int end_cgroup(const struct session_record *record, deadline_t deadline)
{
	const struct cgroup_place *place = &record->place;
	size_t length = strlen(place->user);
	struct cgroup_manager *manager = NULL;
	int r;

	/* A node that others share is never ended. */
	if (length < 2 || strncmp(place->session, place->user, length) != 0 ||
		place->session[length] != '/')
		return -EINVAL;
	r = cgroup_manager_open(CGROUP_MANAGER_AUTO, deadline, &manager, NULL);
	if (r == 0)
		r = cgroup_kill(manager, place->session, deadline);
	cgroup_manager_free(manager);
	return r == -ENOENT ? -ESRCH : r;
}

/* Returns true if the end of session-init is the end of this session alone: it is PID 1 of what
 * runs in it. */
static bool has_pid_namespace(const struct session_record *record)
{
	uint64_t own = 0;

	if (record->sandbox[0] && !record_is_sandbox(record))
		return false; /* others live in it */
	return record->init.pid > 0 && proc_namespace(0, "pid", &own) == 0 &&
	       record->pid_namespace != own;
}

int session_end(const struct session_record *record, deadline_t deadline, struct carrel_error *err)
{
	int r = has_pid_namespace(record) ? end_init(record, deadline)
					  : end_cgroup(record, deadline);

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
