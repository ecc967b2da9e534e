/* SPDX-License-Identifier: MIT */
/*
 * broadcast.h - a message to the terminals of sessions which wall(1) does not reach: those of
 * [mounts] terminals = private, and, on a host without utmp(5), all others.
 */
#ifndef CARREL_HELPER_WALL_BROADCAST_H
#define CARREL_HELPER_WALL_BROADCAST_H

#include "base/error.h"

#include <stddef.h>

/* @text without what a terminal could take for a command: control characters become '?', but for
 * the end of a line, and so do all bytes that are not ASCII where it is not UTF-8. malloc'ed, or
 * NULL (out of memory). */
char *broadcast_clean(const char *text);

/* "Broadcast message from root@HOST (DATE):" and an empty line before the lines of @clean, as
 * wall(1) begins its messages. malloc'ed, or NULL. */
char *broadcast_compose(const char *clean);

/*
 * Writes @clean to every terminal of the user's that such a session sees, also those of tmux and
 * the like, each once. A terminal whose output is stopped is left out; nothing is waited
 * for. 0 and *ret_count, the number of terminals; or -errno and @err. Needs root.
 */
int broadcast_sessions(const char *clean, size_t *ret_count, struct carrel_error *err);

#endif
