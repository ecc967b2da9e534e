// SPDX-License-Identifier: MIT
#include "base/cleanup.h"
#include "base/exit.h"
#include "base/rights.h"
#include "launch.h"
#include "plan/guest.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Asks as guest-attach does for a login (visitors.c). An answer without a connection says why there
 * is none. */
int launch_ask(uid_t uid)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	cleanup_close int visit = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[512] = "";
	int fd = -EBADF, code = COMMAND_FAILED;
	ssize_t n = -1;

	snprintf(address.sun_path, sizeof(address.sun_path), GUEST_RUN_DIR "/%u/" GUEST_CONNECT,
		(unsigned)uid);
	if (visit >= 0 && connect(visit, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
		send(visit, "c", 1, MSG_NOSIGNAL) == 1)
		n = rights_receive(visit, text, sizeof(text) - 1, &fd);
	if (n > 0 && fd >= 0)
		code = rights_send(STDOUT_FILENO, "", 1, fd) == 0 ? COMMAND_DONE : COMMAND_FAILED;
	else if (n > 0)
		fprintf(stderr, "carrel: %s", text + (text[0] == '!'));
	fd_closep(&fd);
	return code;
}
