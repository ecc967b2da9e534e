/* SPDX-License-Identifier: MIT */
/*
 * console.h - the guest's console: what it said last, and who is attached.
 */
#ifndef CARREL_GUEST_SUPERVISOR_CONSOLE_H
#define CARREL_GUEST_SUPERVISOR_CONSOLE_H

#include "loop.h"

#include <stdbool.h>

enum { CONSOLE_KEPT = 65536, CONSOLE_CLIENTS = 4 };

struct console {
	struct loop *loop;
	int fd; /* QEMU's; the caller's to close */
	char kept[CONSOLE_KEPT];
	size_t start, count;
	int client[CONSOLE_CLIENTS]; /* -EBADF: free */
};

/* Reads from @fd, and for who attaches, as long as @loop runs. */
int console_open(struct console *console, struct loop *loop, int fd);

/* Shows @client, a non-blocking stream socket, what is kept and what comes, and types what it
 * sends; takes possession of it. 0, or -EBUSY with @client left to the caller. */
int console_attach(struct console *console, int client);

/* True if @text has been said lately. */
bool console_has(const struct console *console, const char *text);

void console_close(struct console *console);

#endif
