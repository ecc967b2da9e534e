// SPDX-License-Identifier: MIT
/*
 * connector.c - does the kernel tell every user when which process of the host begins and ends?
 *
 * Since Linux 6.6 anybody may listen to the process connector (cn_proc), even in a pid namespace,
 * of which it knows nothing.
 */
#include "doctor.h"

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONNECTOR_WHAT "process events"

enum { NOBODY = 65534 };

/* Listens as a user, in a child of doctor's. Returns 0 where a user is refused. */
static int listen_as_nobody(void)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
	int fd;

	if (setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return 2;
	fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
	if (fd < 0)
		return 0;
	return bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
}

void doctor_connector(struct doctor *doctor)
{
	int status = 0;
	pid_t pid;

	if (geteuid() != 0)
		return;
	pid = fork();
	if (pid == 0)
		_exit(listen_as_nobody());
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) ||
		WEXITSTATUS(status) > 1) {
		doctor_add(doctor, DOCTOR_WARN, CONNECTOR_WHAT, NULL,
			"it could not be found out who can see them");
		return;
	}
	if (WEXITSTATUS(status) == 0)
		doctor_add(doctor, DOCTOR_OK, CONNECTOR_WHAT, NULL, "only root can see them");
	else
		/* This is no warning, because there is nothing that an admin could do. */
		doctor_add(doctor, DOCTOR_OK, CONNECTOR_WHAT, NULL,
			"the kernel tells every user when any process begins and ends, as all do "
			"since Linux 6.6 (SECURITY.md)");
}
