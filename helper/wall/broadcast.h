/* SPDX-License-Identifier: MIT */
/*
 * broadcast.h - sends a message to terminals of sessions that wall(1) does not reach: those with
 * [mounts] terminals = private and, on a host without utmp(5), all others.
 */
#ifndef CARREL_HELPER_WALL_BROADCAST_H
#define CARREL_HELPER_WALL_BROADCAST_H

#include "base/error.h"

#include <stddef.h>

/* Returns a copy of @text that holds no commands for a terminal, which the caller frees. Replaces
 * control characters other than newlines with '?', and all non-ASCII bytes where @text is not
 * UTF-8. Returns NULL where memory is short. */
char *broadcast_clean(const char *text);

/* Returns @clean with "Broadcast message from root@HOST (DATE):" and an empty line before it, as
 * wall(1) begins its messages; the caller frees it. Returns NULL where memory is short. */
char *broadcast_compose(const char *clean);

/*
 * Writes @clean once to every terminal of the user that such a session sees, those of tmux and the
 * like included. Does not wait: a terminal whose output is stopped is skipped. Needs root. Returns
 * 0 with the number of terminals in *ret_count; or -errno.
 */
int broadcast_sessions(const char *clean, size_t *ret_count, struct carrel_error *err);

#endif
