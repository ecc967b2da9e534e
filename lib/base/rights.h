/* SPDX-License-Identifier: MIT */
/*
 * rights.h - passes a message and descriptors over a unix socket (SCM_RIGHTS, unix(7)).
 *
 * The functions are inline because session-init and guest-attach have another C library than
 * libcarrel.
 */
#ifndef CARREL_BASE_RIGHTS_H
#define CARREL_BASE_RIGHTS_H

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

enum { RIGHTS_MAX = 18 };

union rights_control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(RIGHTS_MAX * sizeof(int))];
};

/* Sends the @size bytes and the @count descriptors (1 to RIGHTS_MAX) without waiting. The
 * descriptors stay the caller's. Returns 0, or -errno. */
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

/* Sends the @size bytes and one descriptor as rights_send_all() does. */
static inline int rights_send(int socket, const void *bytes, size_t size, int fd)
{
	return rights_send_all(socket, bytes, size, &fd, 1);
}

/*
 * Receives a message as recv(2) does; a longer message than @size is -1 with EMSGSIZE. Stores the
 * descriptors that came with it in the first elements of @ret_fds, which has RIGHTS_MAX, and leaves
 * the other elements as they are. The caller owns these descriptors, even after a failure.
 */
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

/* Receives a message as rights_receive_all() does, with one descriptor in *ret_fd, which stays as
 * it is where none came. Closes all others. */
static inline ssize_t rights_receive(int socket, void *bytes, size_t size, int *ret_fd)
{
	int fds[RIGHTS_MAX];
	ssize_t n;

	memset(fds, -1, sizeof(fds));
	n = rights_receive_all(socket, bytes, size, fds);
	for (size_t i = 1; i < RIGHTS_MAX; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (fds[0] >= 0)
		*ret_fd = fds[0];
	return n;
}

#endif
