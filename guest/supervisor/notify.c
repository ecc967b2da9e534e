// SPDX-License-Identifier: MIT
#include "notify.h"
#include "base/cleanup.h"

#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

void notify_starter(const char *format, ...)
{
	const char *path = secure_getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	/* One socket serves all calls: it is made in the host's network, whose abstract names it
	 * has. */
	static int fd = -EBADF;
	char text[2 * CARREL_ERROR_TEXT_MAX + 64];
	size_t length = path ? strlen(path) : 0;
	va_list args;

	if ((length == 0 || (path[0] != '/' && path[0] != '@')) ||
		length >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, length);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (fd < 0)
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL,
			(const struct sockaddr *)&address,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
}
