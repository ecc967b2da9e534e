/* SPDX-License-Identifier: MIT */
/*
 * rights.h - a message and a descriptor over a unix socket (unix(7), SCM_RIGHTS).
 *
 * Inline, because session-init and guest-attach have another C library than libcarrel.
 */
#ifndef CARREL_BASE_RIGHTS_H
#define CARREL_BASE_RIGHTS_H

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

/* Room for one descriptor at least. */
union rights_control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

/* Sends the @size bytes and @fd, which stays the caller's, without waiting. 0 or -errno. */
static inline int rights_send(int socket, const void *bytes, size_t size, int fd)
{
	union rights_control control = {0};
	struct iovec part = {.iov_base = (void *)bytes, .iov_len = size};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *item = CMSG_FIRSTHDR(&message);

	item->cmsg_level = SOL_SOCKET;
	item->cmsg_type = SCM_RIGHTS;
	item->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(item), &fd, sizeof(int));
	return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

/* As recv(2), with -1 and EMSGSIZE for a message that was longer. *ret_fd is set where a descriptor
 * came, which is then the caller's, also after a failure. */
static inline ssize_t rights_receive(int socket, void *bytes, size_t size, int *ret_fd)
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
		memcpy(ret_fd, CMSG_DATA(item), sizeof(int));
	if (n < 0 || !(message.msg_flags & MSG_TRUNC))
		return n;
	errno = EMSGSIZE;
	return -1;
}

#endif
