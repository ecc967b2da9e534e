// SPDX-License-Identifier: MIT
#include "client.h"
#include "base/cleanup.h"
#include "folder.h"
#include "record.h"
#include "session/guest.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

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

/* Reads one line without its end, and not a byte more. Returns 1, or 0 where none comes. */
static int read_answer_line(int fd, deadline_t deadline, char line[static LINE_SIZE])
{
	for (size_t used = 0; used < LINE_SIZE; used++) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};

		if (poll(&ready, 1, deadline_left_ms(deadline)) <= 0 ||
			recv(fd, line + used, 1, 0) != 1)
			return 0;
		if (line[used] == '\n') {
			line[used] = '\0';
			return 1;
		}
	}
	return 0;
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

/* Connects to the socket of logins, and asks for the console there. */
static int ask_as_user(uid_t uid, struct carrel_error *err)
{
	cleanup_close int fd = guest_knock(uid);
	int flags = fd < 0 ? 0 : fcntl(fd, F_GETFL);
	int r = fd < 0 ? fd : 0;

	if (r == 0 && (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0 ||
			      send(fd, "k", 1, MSG_NOSIGNAL) != 1))
		r = -errno;
	if (r == 0)
		return fd_take(&fd);
	error_set(err, r, "guest of uid %u", (unsigned)uid);
	return r == -ENOENT || r == -ECONNREFUSED ? error_why(err, "it does not run") : r;
}

int guest_client_console(uid_t uid, deadline_t deadline, struct carrel_error *err)
{
	cleanup_close int fd = geteuid() == 0 ? guest_client_ask(uid, NULL, "console", err)
					      : ask_as_user(uid, err);
	char line[LINE_SIZE];
	bool attached;
	int r = fd;

	if (fd < 0)
		return fd;
	/* While the guest starts, all who come that way are told what it is doing. */
	do
		r = read_answer_line(fd, deadline, line);
	while (r > 0 && line[0] == '.');
	if (r > 0 && line[0] == '{') {
		json_t *answer = json_loads(line, 0, NULL);

		attached = json_is_true(json_object_get(answer, "console"));
		json_decref(answer);
		if (attached)
			return fd_take(&fd);
	}
	error_set(err, -EBUSY, "console of uid %u's guest", (unsigned)uid);
	return error_why(err, "%s",
		r > 0 && line[0] == '!' ? line + 1
					: "the guest's supervisor has refused the connection");
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

	return read_answer_line(fd, deadline, line) > 0 ? json_loads(line, 0, NULL) : NULL;
}
