// SPDX-License-Identifier: MIT
#include "dial.h"
#include "base/cleanup.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <linux/vm_sockets.h>

enum { SSH_PORT = 22 };

int guest_dial(uint32_t cid, uint16_t port)
{
	struct sockaddr_in loopback = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct sockaddr_vm guest = {.svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = SSH_PORT};
	const struct sockaddr *address =
		cid ? (const struct sockaddr *)&guest : (const struct sockaddr *)&loopback;
	socklen_t size = cid ? sizeof(guest) : sizeof(loopback);
	cleanup_close int fd =
		socket(cid ? AF_VSOCK : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (connect(fd, address, size) < 0 && errno != EINPROGRESS)
		return -errno;
	return fd_take(&fd);
}

int guest_dialled(int fd)
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
