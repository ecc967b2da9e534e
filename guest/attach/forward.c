// SPDX-License-Identifier: MIT
/*
 * forward.c - guest-forward: a forwarded port of a session in a guest is one of the guest,
 * although sshd connects to it on the host's side.
 *
 * session-init starts it with the sockets to which all connections there go. Each connection gets
 * an "ssh -W", and a relay between the two: ssh would not pass the end of a stream on by itself.
 */
#include "attach.h"
#include "plan/guest.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { A_MOMENT_MS = 100, FIRST = 3, CHUNK = 65536 };

/* One way of a connection. */
struct stream {
	int from, to;
	bool ended;
	size_t begin, end; /* the part of the buffer that has been read and not written */
	char buffer[CHUNK];
};

static void end_stream(struct stream *stream)
{
	if (stream->ended)
		return;
	stream->ended = true;
	/* Whether it is a pipe or a socket, the other side reads the end. */
	if (shutdown(stream->to, SHUT_WR) < 0)
		close(stream->to);
}

static void move_bytes(struct stream *stream)
{
	if (stream->begin == stream->end) {
		ssize_t n = read(stream->from, stream->buffer, sizeof(stream->buffer));

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			end_stream(stream);
			return;
		}
		stream->begin = 0;
		stream->end = (size_t)n;
	} else {
		ssize_t n = write(
			stream->to, stream->buffer + stream->begin, stream->end - stream->begin);

		if (n > 0)
			stream->begin += (size_t)n;
		else if (errno != EAGAIN && errno != EINTR)
			end_stream(stream);
	}
}

static struct pollfd next_event(const struct stream *stream)
{
	bool full = stream->begin < stream->end;

	return (struct pollfd){.fd = stream->ended ? -1
				     : full        ? stream->to
						   : stream->from,
		.events = full ? POLLOUT : POLLIN};
}

/* Relays until ssh's side has ended: then there is nobody left to send anything to. */
static void relay_streams(int connection, int to_ssh, int from_ssh)
{
	static struct stream in, out;

	in = (struct stream){.from = connection, .to = to_ssh};
	out = (struct stream){.from = from_ssh, .to = connection};
	for (int i = 0; i < 3; i++) {
		const int fds[] = {connection, to_ssh, from_ssh};

		fcntl(fds[i], F_SETFL, O_NONBLOCK);
	}
	while (!out.ended) {
		struct pollfd ready[] = {next_event(&in), next_event(&out)};

		if (poll(ready, 2, -1) < 0)
			continue;
		if (ready[0].revents)
			move_bytes(&in);
		if (ready[1].revents)
			move_bytes(&out);
	}
}

/* Returns the port that was meant, or 0 where that cannot be told. */
static unsigned port_of(int connection)
{
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} address;
	socklen_t size = sizeof(address);

	if (getsockname(connection, &address.any, &size) < 0)
		return 0;
	return ntohs(
		address.any.sa_family == AF_INET6 ? address.six.sin6_port : address.four.sin_port);
}

static void become_forwarding_ssh(const char *folder, int input, int output, unsigned port)
{
	struct attach_request request = {.kind = ATTACH_PORT, .port = port};
	struct attach_account account;

	signal(SIGPIPE, SIG_DFL);
	if (dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
		attach_account(&account) == 0)
		attach_exec(folder, &account, &request);
	_exit(ATTACH_FAILED);
}

static void serve_connection(const char *folder, int connection)
{
	unsigned port = port_of(connection);
	int to[2], from[2];
	pid_t pid;

	if (port == 0 || pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
		_exit(ATTACH_FAILED);
	pid = fork();
	if (pid == 0)
		become_forwarding_ssh(folder, to[0], from[1], port);
	close(to[0]);
	close(from[1]);
	if (pid > 0)
		relay_streams(connection, to[1], from[0]);
	_exit(0);
}

int attach_forward(const char *folder)
{
	struct pollfd ready[2] = {
		{.fd = FIRST, .events = POLLIN}, {.fd = FIRST + 1, .events = POLLIN}};
	int null = open("/dev/null", O_RDWR);

	/* There is nobody to tell anything to, and nobody waits for children. */
	for (int fd = 0; fd < FIRST; fd++)
		if (null < 0 || (fd != null && dup2(null, fd) < 0))
			return ATTACH_FAILED;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	if (fcntl(FIRST + 1, F_GETFD) < 0)
		ready[1].fd = -1;
	for (;;) {
		if (poll(ready, 2, -1) < 0)
			continue;
		for (int i = 0; i < 2; i++) {
			int connection;

			if (!ready[i].revents)
				continue;
			connection = accept4(ready[i].fd, NULL, NULL, SOCK_CLOEXEC);
			if (connection < 0) {
				/* This is for want of files or memory, which others give back. */
				poll(NULL, 0, A_MOMENT_MS);
				continue;
			}
			if (fork() == 0)
				serve_connection(folder, connection);
			close(connection);
		}
	}
}
