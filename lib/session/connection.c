// SPDX-License-Identifier: MIT
#include "session/connection.h"
#include "base/cleanup.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

int connect_before(const char *path, deadline_t deadline)
{
	static const struct timespec nap = {.tv_nsec = 10000000};
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (fd < 0)
		return -errno;
	if (snprintf(address.sun_path, sizeof(address.sun_path), "%s", path) >=
		(int)sizeof(address.sun_path))
		return -ENAMETOOLONG;
	while (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		if (deadline_left_usec(deadline) == 0)
			return -ETIMEDOUT;
		nanosleep(&nap, NULL);
	}
	return fd_take(&fd);
}
