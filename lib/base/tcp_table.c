// SPDX-License-Identifier: MIT
#include "base/tcp_table.h"
#include "base/cleanup.h"

#include <stdio.h>

static bool read_socket(const char *line, struct tcp_socket *socket)
{
	unsigned uid;

	/* The fields are number, addresses, state, queues, timer, retransmits and user. The first
	 * line of the file has their names, and no numbers. */
	if (sscanf(line, " %*u: %32[0-9A-Fa-f]:%x %32[0-9A-Fa-f]:%x %x %*x:%*x %*x:%*x %*x %u",
		    socket->local, &socket->local_port, socket->remote, &socket->remote_port,
		    &socket->state, &uid) != 6)
		return false;
	socket->uid = uid;
	return true;
}

int tcp_table_find(
	const char *path, bool (*look)(void *data, const struct tcp_socket *socket), void *data)
{
	cleanup_fclose FILE *file = fopen(path, "re");
	struct tcp_socket socket;
	char line[512];

	if (!file)
		return errno == ENOENT ? 0 : -errno;
	while (fgets(line, sizeof(line), file))
		if (read_socket(line, &socket) && look(data, &socket))
			return 1;
	return ferror(file) ? -EIO : 0;
}
