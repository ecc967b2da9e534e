/* SPDX-License-Identifier: MIT */
/*
 * console.h - the guest's console: what it said last, and who is attached to it.
 */
#ifndef CARREL_GUEST_SUPERVISOR_CONSOLE_H
#define CARREL_GUEST_SUPERVISOR_CONSOLE_H

#include "loop.h"

#include <stdbool.h>

/* Some places are for root alone, so that the guest's user cannot take them all. */
enum { CONSOLE_KEPT = 65536, CONSOLE_CLIENTS = 4, CONSOLE_ROOT = 2 };

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

/* Returns whether there is a place for root or, without @root, for the guest's user. */
bool console_has_place(const struct console *console, bool root);

/* Attaches @client, a non-blocking stream socket of root or, without @root, of the guest's user:
 * shows it what is kept and what comes, and types what it sends. Returns 0, and owns @client then;
 * or -EBUSY, and @client stays the caller's. */
int console_attach(struct console *console, int client, bool root);

/* Returns whether the console has said @text lately. */
bool console_has(const struct console *console, const char *text);

/* Closes the sockets of all who are attached, and no longer reads the console. */
void console_close(struct console *console);

#endif
