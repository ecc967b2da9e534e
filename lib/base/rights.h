/* SPDX-License-Identifier: MIT */
/*
 * rights.h - a message and descriptors over a unix socket (unix(7), SCM_RIGHTS).
 *
 * Inline, because session-init and guest-attach have another C library than libcarrel.
 */
#ifndef CARREL_BASE_RIGHTS_H
#define CARREL_BASE_RIGHTS_H

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

enum { RIGHTS_MAX = 2 };

union rights_control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(RIGHTS_MAX * sizeof(int))];
};

/* Sends the @size bytes and the @count descriptors (1 to RIGHTS_MAX), which stay the caller's,
 * without waiting. 0 or -errno. */
static inline int rights_send_all(
	int socket, const void *bytes, size_t size, const int *fds, size_t count)
{
	union rights_control control = {0};
	struct iovec part = {.iov_base = (void *)bytes, .iov_len = size};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = (unsigned)CMSG_SPACE(count * sizeof(int)),
	};
	struct cmsghdr *item = CMSG_FIRSTHDR(&message);

	item->cmsg_level = SOL_SOCKET;
	item->cmsg_type = SCM_RIGHTS;
	item->cmsg_len = (unsigned)CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(item), fds, count * sizeof(int));
	return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

static inline int rights_send(int socket, const void *bytes, size_t size, int fd)
{
	return rights_send_all(socket, bytes, size, &fd, 1);
}

/* As recv(2), with -1 and EMSGSIZE for a message that was longer. Of @ret_fds, which has room for
 * RIGHTS_MAX, as many are set as descriptors came, which are then the caller's, also after a
 * failure. */
static inline ssize_t rights_receive_all(int socket, void *bytes, size_t size, int *ret_fds)
{
	union rights_control control;
	struct iovec part = {.iov_base = bytes, .iov_len = size};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	const struct cmsghdr *item;
	ssize_t n;

	do
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	item = n >= 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (item && item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fds, CMSG_DATA(item), item->cmsg_len - CMSG_LEN(0));
	if (n < 0 || !(message.msg_flags & MSG_TRUNC))
		return n;
	errno = EMSGSIZE;
	return -1;
}

/* The same for messages with one descriptor; of more, the first counts. */
static inline ssize_t rights_receive(int socket, void *bytes, size_t size, int *ret_fd)
{
	int fds[RIGHTS_MAX] = {*ret_fd, -1};
	ssize_t n = rights_receive_all(socket, bytes, size, fds);

	if (fds[1] >= 0)
		close(fds[1]);
	*ret_fd = fds[0];
	return n;
}

#endif
