// SPDX-License-Identifier: MIT
#include "dial.h"
#include "base/cleanup.h"
#include "guest/door/door.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <linux/vm_sockets.h>

int dial_begin(uint32_t cid, uint16_t port, struct dial *ret_dial)
{
	struct sockaddr_in loopback = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct sockaddr_vm guest = {.svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = DOOR_PORT};
	const struct sockaddr *address =
		cid ? (const struct sockaddr *)&guest : (const struct sockaddr *)&loopback;
	socklen_t size = cid ? sizeof(guest) : sizeof(loopback);
	static const struct timeval patience = {.tv_sec = 10};
	cleanup_close int fd =
		socket(cid ? AF_VSOCK : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	/* By itself the kernel gives up after two seconds, which a busy guest may need. */
	if (cid)
		(void)setsockopt(
			fd, AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT, &patience, sizeof(patience));
	if (connect(fd, address, size) < 0 && errno != EINPROGRESS)
		return -errno;
	*ret_dial = (struct dial){.fd = fd_take(&fd)};
	return 0;
}

/* 0, -EINPROGRESS, -errno. */
static int has_dialled(int fd)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);
	int error = 0;
	socklen_t error_size = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_size) < 0)
		return -errno;
	if (error)
		return -error;
	if (getpeername(fd, (struct sockaddr *)&peer, &size) < 0)
		return errno == ENOTCONN ? -EINPROGRESS : -errno;
	return 0;
}

/* A whole secret always has room in a connection that nobody has written to. */
static int tell_secret(int fd, const unsigned char *secret)
{
	ssize_t n = send(fd, secret, DOOR_SECRET_SIZE, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0)
		return errno == EPIPE ? -ECONNRESET : -errno;
	return n == DOOR_SECRET_SIZE ? 0 : -ECONNRESET;
}

static int hear_answer(int fd)
{
	char answer;
	ssize_t n = recv(fd, &answer, 1, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? -EINPROGRESS : -errno;
	if (n == 0)
		return -ECONNRESET;
	return answer == DOOR_OPENS ? 0 : -EPROTO;
}

int dial_go_on(struct dial *dial, const unsigned char *secret)
{
	int r = dial->knocked ? 0 : has_dialled(dial->fd);

	if (r < 0 || !secret)
		return r;
	if (!dial->knocked) {
		r = tell_secret(dial->fd, secret);
		dial->knocked = true;
	}
	return r < 0 ? r : hear_answer(dial->fd);
}

short dial_awaits(const struct dial *dial)
{
	return dial->knocked ? POLLIN : POLLOUT;
}

uint16_t guest_free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(address);
	cleanup_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, size) < 0 ||
		getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return 0;
	return ntohs(address.sin_port);
}
