// SPDX-License-Identifier: MIT
#include "console.h"
#include "base/cleanup.h"

#include <string.h>
#include <sys/socket.h>

enum { CHUNK = 4096 };

static void drop_client(struct console *console, int *client)
{
	if (*client < 0)
		return;
	loop_forget(console->loop, *client);
	fd_closep(client);
}

/* Nobody who does not read is waited for: the guest goes on. */
static void send_to(struct console *console, int *client, const char *text, size_t size)
{
	if (*client >= 0 && send(*client, text, size, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)size)
		drop_client(console, client);
}

static void keep_output(struct console *console, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		console->kept[(console->start + console->count) % CONSOLE_KEPT] = text[i];
		if (console->count < CONSOLE_KEPT)
			console->count++;
		else
			console->start = (console->start + 1) % CONSOLE_KEPT;
	}
}

static void from_guest(void *data, short revents)
{
	struct console *console = data;
	char text[CHUNK];
	ssize_t n = recv(console->fd, text, sizeof(text), MSG_DONTWAIT);

	(void)revents;
	if (n <= 0) {
		/* QEMU's end is told by its pidfd. */
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			loop_forget(console->loop, console->fd);
		return;
	}
	keep_output(console, text, (size_t)n);
	for (int i = 0; i < CONSOLE_CLIENTS; i++)
		send_to(console, &console->client[i], text, (size_t)n);
}

static void from_client(void *data, short revents)
{
	struct console *console = data;
	char text[CHUNK];

	(void)revents;
	/* The loop does not say whose socket it is: all are asked, and only one that is ready
	 * answers. */
	for (int i = 0; i < CONSOLE_CLIENTS; i++) {
		int *client = &console->client[i];
		ssize_t n = *client < 0 ? 0 : recv(*client, text, sizeof(text), MSG_DONTWAIT);

		if (*client < 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
			continue;
		if (n <= 0)
			drop_client(console, client);
		else
			/* What a guest does not read is lost, as on a serial line. */
			(void)!send(console->fd, text, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
	}
}

int console_open(struct console *console, struct loop *loop, int fd)
{
	console->loop = loop;
	console->fd = fd;
	console->start = console->count = 0;
	for (int i = 0; i < CONSOLE_CLIENTS; i++)
		console->client[i] = -EBADF;
	return loop_watch(loop, fd, POLLIN, from_guest, console);
}

bool console_has_place(const struct console *console, bool root)
{
	for (int i = root ? 0 : CONSOLE_ROOT; i < CONSOLE_CLIENTS; i++)
		if (console->client[i] < 0)
			return true;
	return false;
}

int console_attach(struct console *console, int client, bool root)
{
	size_t first = CONSOLE_KEPT - console->start;

	for (int i = root ? 0 : CONSOLE_ROOT; i < CONSOLE_CLIENTS; i++) {
		if (console->client[i] >= 0)
			continue;
		if (loop_watch(console->loop, client, POLLIN, from_client, console) < 0)
			return -EBUSY;
		console->client[i] = client;
		if (first > console->count)
			first = console->count;
		send_to(console, &console->client[i], console->kept + console->start, first);
		if (console->count > first)
			send_to(console, &console->client[i], console->kept,
				console->count - first);
		return 0;
	}
	return -EBUSY;
}

bool console_has(const struct console *console, const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i + length <= console->count; i++) {
		size_t same = 0;

		while (same < length &&
			console->kept[(console->start + i + same) % CONSOLE_KEPT] == text[same])
			same++;
		if (same == length)
			return true;
	}
	return false;
}

void console_close(struct console *console)
{
	for (int i = 0; i < CONSOLE_CLIENTS; i++)
		drop_client(console, &console->client[i]);
	loop_forget(console->loop, console->fd);
}
