// SPDX-License-Identifier: MIT
#include "../command.h"
#include "base/cleanup.h"
#include "base/rights.h"
#include "dial.h"
#include "launch.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum { PASS_MS = 120000 };

int launch_pass(const char *cid, const char *port)
{
	cleanup_close int fd =
		guest_dial((uint32_t)strtoul(cid, NULL, 10), (uint16_t)strtoul(port, NULL, 10));
	struct pollfd ready = {.fd = fd, .events = POLLOUT};

	if (fd < 0 || poll(&ready, 1, PASS_MS) <= 0 || guest_dialled(fd) < 0 ||
		fcntl(fd, F_SETFL, 0) < 0)
		return COMMAND_FAILED;
	return rights_send(STDOUT_FILENO, "", 1, fd) == 0 ? COMMAND_DONE : COMMAND_FAILED;
}
