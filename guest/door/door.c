// SPDX-License-Identifier: MIT
/*
 * door.c - stands before a guest's sshd, at its vsock address: door SECRET PROGRAM [ARGUMENT…].
 *
 * Anybody on the host can connect to any guest by vsock. Here a stranger costs next to nothing: a
 * connection that does not say the secret, which is what the file SECRET holds, gets no process and
 * no more memory than a small socket. For one that does, PROGRAM is executed with the connection as
 * its stdin and stdout, as systemd would do it (sshd -i). Where door's own stdin is a listening
 * socket, it listens at that one.
 */
#include "door.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	/* There are this many at a time. When one more comes, the oldest has to go. */
	STRANGERS_MAX = 512,
	PATIENCE_MS = 10000,
	MSEC = 1000000,
	BACKLOG = 4096,
	/* The kernel keeps this many bytes of what a stranger sends. With fewer, a packet's own
	 * size would leave no room, and the connection would be reset. A connection that is no
	 * stranger's any more gets the kernel's usual number (net/vmw_vsock). */
	BUFFER_STRANGER = 4096,
	BUFFER_USUAL = 256 * 1024,
};

/* This is the listener's number in epoll(7). A stranger's is its place. */
#define LISTENER UINT64_MAX

struct stranger {
	int fd;        /* -1: there is none */
	uint64_t came; /* nanoseconds */
	size_t used;
	unsigned char said[DOOR_SECRET_SIZE];
};

static struct stranger strangers[STRANGERS_MAX];

static unsigned char secret[DOOR_SECRET_SIZE];
static char **program;
static int poller;

static int complain_door(const char *what)
{
	const char *const words[] = {"door: ", what, ": ", strerror(errno), "\n"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (write(STDERR_FILENO, words[i], strlen(words[i])) < 0)
			break;
	return 1;
}

static uint64_t now_nsec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 * MSEC + (uint64_t)now.tv_nsec;
}

/* Sets the buffer of a vsock. Another kind of socket has none, which is no failure. */
static void set_buffer(int fd, uint64_t size)
{
	(void)setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &size, sizeof(size));
}

static int read_secret(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, secret, sizeof(secret));

	if (fd >= 0)
		close(fd);
	if (n >= 0 && n != sizeof(secret))
		errno = EINVAL; /* a part of it would be easier to guess */
	return n == sizeof(secret) ? 0 : -1;
}

static bool is_listening(int fd)
{
	int listening = 0;
	socklen_t size = sizeof(listening);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening;
}

/* Opens the listener. Accepted sockets inherit its buffer. */
static int open_listener(void)
{
	struct sockaddr_vm address = {
		.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = DOOR_PORT};
	int fd = STDIN_FILENO;

	if (is_listening(fd))
		return fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -1 : fd;
	fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	set_buffer(fd, BUFFER_STRANGER);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(fd, BACKLOG) < 0)
		return -1;
	return fd;
}

static void send_away(struct stranger *stranger)
{
	if (stranger->fd < 0)
		return;
	/* close(2) alone would not do: the program has the same connection. */
	(void)epoll_ctl(poller, EPOLL_CTL_DEL, stranger->fd, NULL);
	close(stranger->fd);
	stranger->fd = -1;
}

/* Returns whether the stranger has said the secret. When it returns says nothing about how many
 * bytes are the same. */
static bool knows_secret(const struct stranger *stranger)
{
	volatile unsigned char differs = 0;

	for (size_t i = 0; i < sizeof(secret); i++)
		differs |= (unsigned char)(stranger->said[i] ^ secret[i]);
	return differs == 0;
}

static void become_program(int fd)
{
	static const char opens = DOOR_OPENS;

	(void)signal(SIGCHLD, SIG_DFL);
	set_buffer(fd, BUFFER_USUAL);
	/* sshd needs this folder, which the unit of another sshd removes when that one is
	 * stopped. */
	(void)mkdir("/run/sshd", 0755);
	if (fcntl(fd, F_SETFL, 0) < 0 || dup2(fd, STDIN_FILENO) < 0 ||
		dup2(fd, STDOUT_FILENO) < 0 || send(fd, &opens, 1, MSG_NOSIGNAL) != 1)
		_exit(complain_door("connection"));
	execv(program[0], program);
	_exit(complain_door(program[0]));
}

/* Lets a stranger in. Where no process can be made for it, the connection ends, and the other side
 * tries again. */
static void let_in(struct stranger *stranger)
{
	if (fork() == 0)
		become_program(stranger->fd);
	send_away(stranger);
}

static void hear_stranger(struct stranger *stranger)
{
	size_t rest = sizeof(stranger->said) - stranger->used;
	ssize_t n = recv(stranger->fd, stranger->said + stranger->used, rest, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		stranger->used += (size_t)n;
	if (n > 0 && stranger->used < sizeof(stranger->said))
		return;
	if (n > 0 && knows_secret(stranger))
		let_in(stranger);
	else
		send_away(stranger);
}

/* Returns the oldest stranger, or NULL where there is none. */
static struct stranger *oldest_stranger(void)
{
	struct stranger *found = NULL;

	for (size_t i = 0; i < STRANGERS_MAX; i++)
		if (strangers[i].fd >= 0 && (!found || strangers[i].came < found->came))
			found = &strangers[i];
	return found;
}

/* Sends those away who have had their time. Returns for how many milliseconds nobody else has to
 * go; -1 where there is nobody. */
static int send_old_away(void)
{
	uint64_t now = now_nsec(), patience = (uint64_t)PATIENCE_MS * MSEC;
	struct stranger *stranger;

	while ((stranger = oldest_stranger()) && stranger->came + patience <= now)
		send_away(stranger);
	return stranger ? (int)((stranger->came + patience - now) / MSEC) + 1 : -1;
}

/* Sends the oldest stranger away, whose place or memory another needs. Returns NULL where there is
 * none. */
static struct stranger *send_oldest_away(void)
{
	struct stranger *first = oldest_stranger();

	if (first)
		send_away(first);
	return first;
}

static struct stranger *place_for_one(void)
{
	for (size_t i = 0; i < STRANGERS_MAX; i++)
		if (strangers[i].fd < 0)
			return &strangers[i];
	return send_oldest_away();
}

static void receive_stranger(int fd)
{
	struct stranger *stranger = place_for_one();
	struct epoll_event event = {
		.events = EPOLLIN, .data.u64 = (uint64_t)(stranger - strangers)};

	*stranger = (struct stranger){.fd = fd, .came = now_nsec()};
	if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0)
		send_away(stranger);
}

/* Accepts all connections that wait, but not for ever, since those that are here have their turn.
 * Returns 0, or -1 where no connection will ever come. */
static int open_door(int listener)
{
	for (int i = 0; i < STRANGERS_MAX / 4; i++) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			receive_stranger(fd);
			continue;
		}
		switch (errno) {
		case EAGAIN:
			return 0;
		case EMFILE:
		case ENFILE:
		case ENOBUFS:
		case ENOMEM:
			if (!send_oldest_away())
				return 0;
			break;
		case EBADF:
		case EINVAL:
		case ENOTSOCK:
			return -1;
		default: /* this connection has gone again */
			break;
		}
	}
	return 0;
}

static int run_loop(int listener)
{
	/* There is room for all events, so a stranger who has said the secret is seen before
	 * anybody has to go for a new one. */
	static struct epoll_event event[STRANGERS_MAX + 1];

	for (;;) {
		int count = epoll_wait(poller, event, STRANGERS_MAX + 1, send_old_away());
		bool knocked = false;

		for (int i = 0; i < count; i++) {
			if (event[i].data.u64 == LISTENER)
				knocked = true;
			else
				hear_stranger(&strangers[event[i].data.u64]);
		}
		if (knocked && open_door(listener) < 0)
			return complain_door("accept");
	}
}

int main(int argc, char **argv)
{
	struct epoll_event knock = {.events = EPOLLIN, .data.u64 = LISTENER};
	int listener;

	if (argc < 3) {
		errno = EINVAL;
		return complain_door("usage: door SECRET PROGRAM [ARGUMENT…]");
	}
	program = argv + 2;
	for (size_t i = 0; i < STRANGERS_MAX; i++)
		strangers[i].fd = -1;
	if (read_secret(argv[1]) < 0)
		return complain_door(argv[1]);
	listener = open_listener();
	if (listener < 0)
		return complain_door("listen");
	poller = epoll_create1(EPOLL_CLOEXEC);
	if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, listener, &knock) < 0)
		return complain_door("epoll");
	/* Ignoring SIGCHLD reaps children, as nobody waits for them. */
	(void)signal(SIGCHLD, SIG_IGN);
	return run_loop(listener);
}
