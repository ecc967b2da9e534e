// SPDX-License-Identifier: MIT
#include "client.h"
#include "base/cleanup.h"
#include "folder.h"
#include "record.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { LINE_SIZE = 4096 };

/* Returns whether @supervisor listens at the other end of @fd. The kernel remembers the pid of
 * whoever began to listen, which may be another's by now; but a process that lives has its pid for
 * itself. */
static bool is_supervisor(int fd, const struct proc_id *supervisor)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	       peer.pid == supervisor->pid && proc_alive(supervisor);
}

int guest_client_ask(
	uid_t uid, const struct proc_id *supervisor, const char *verb, struct carrel_error *err)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char request[64];
	int r = 0, length;

	snprintf(address.sun_path, sizeof(address.sun_path), GUEST_RUN_DIR "/%u/" GUEST_CONTROL,
		(unsigned)uid);
	length = snprintf(request, sizeof(request), "{\"do\":\"%s\"}\n", verb);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		r = -errno;
	else if (supervisor && !is_supervisor(fd, supervisor))
		r = -ENOENT;
	else if (send(fd, request, (size_t)length, MSG_NOSIGNAL) != length)
		r = -errno;
	if (r == -ECONNREFUSED)
		r = -ENOENT; /* what a crash left */
	if (r == 0)
		return fd_take(&fd);
	error_set(err, r, "guest of uid %u", (unsigned)uid);
	return r == -ENOENT ? error_why(err, "it does not run") : r;
}

int guest_client_signal(uid_t uid)
{
	cleanup_close int run = guest_folder_open(GUEST_RUN_DIR, uid, false, NULL);
	cleanup_close int pidfd = -EBADF;
	struct guest_record record;
	int r = run < 0 ? run : guest_record_read(run, &record);

	if (r == 0)
		r = pidfd = proc_open(&record.supervisor);
	if (r >= 0)
		r = pidfd_send_signal(pidfd, SIGTERM, NULL, 0) < 0 ? -errno : 0;
	return r;
}

json_t *guest_client_read(int fd, deadline_t deadline)
{
	char line[LINE_SIZE];
	size_t used = 0;

	while (used < sizeof(line)) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};

		if (poll(&ready, 1, deadline_left_ms(deadline)) <= 0 ||
			recv(fd, line + used, 1, 0) != 1)
			return NULL;
		if (line[used] == '\n')
			return json_loadb(line, used, 0, NULL);
		used++;
	}
	return NULL;
}
