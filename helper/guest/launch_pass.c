// SPDX-License-Identifier: MIT
#include "../command.h"
#include "base/cleanup.h"
#include "dial.h"
#include "launch.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PASS_MS = 120000 };

int launch_pass(const char *cid, const char *port)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	char byte = 0;
	struct iovec part = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	struct cmsghdr *item = CMSG_FIRSTHDR(&message);
	cleanup_close int fd =
		guest_dial((uint32_t)strtoul(cid, NULL, 10), (uint16_t)strtoul(port, NULL, 10));
	struct pollfd ready = {.fd = fd, .events = POLLOUT};

	if (fd < 0 || poll(&ready, 1, PASS_MS) <= 0 || guest_dialled(fd) < 0 ||
		fcntl(fd, F_SETFL, 0) < 0)
		return COMMAND_FAILED;
	item->cmsg_level = SOL_SOCKET;
	item->cmsg_type = SCM_RIGHTS;
	item->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(item), &fd, sizeof(int));
	return sendmsg(STDOUT_FILENO, &message, MSG_NOSIGNAL) == 1 ? COMMAND_DONE : COMMAND_FAILED;
}
