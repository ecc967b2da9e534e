/* SPDX-License-Identifier: MIT */
/*
 * console.h - the guest's console: what it said last, and who is attached to it.
 */
#ifndef CARREL_GUEST_SUPERVISOR_CONSOLE_H
#define CARREL_GUEST_SUPERVISOR_CONSOLE_H

#include "loop.h"

#include <stdbool.h>

enum { CONSOLE_KEPT = 65536, CONSOLE_CLIENTS = 4 };

/* Holds the last output of a console, and the sockets of those who are attached. */
struct console {
	struct loop *loop;
	int fd; /* QEMU's; the caller's to close */
	char kept[CONSOLE_KEPT];
	size_t start, count;
	int client[CONSOLE_CLIENTS]; /* -EBADF: free */
};

/* Begins to read the console @fd, and what those who are attached type, as long as @loop runs.
 * @console stays in its place as long. Returns 0 or -errno. */
int console_open(struct console *console, struct loop *loop, int fd);

/* Attaches @client, a non-blocking stream socket: shows it what is kept and what comes, and types
 * what it sends. Returns 0, and owns @client then; or -EBUSY, and @client stays the caller's. */
int console_attach(struct console *console, int client);

/* Returns whether the console has said @text lately. */
bool console_has(const struct console *console, const char *text);

/* Closes the sockets of all who are attached, and no longer reads the console. */
void console_close(struct console *console);

#endif
