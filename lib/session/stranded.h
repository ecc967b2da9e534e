/* SPDX-License-Identifier: MIT */
/*
 * stranded.h - logins by ssh that are there though their connection has ended.
 *
 * sshd's process of a login is its user's, who can keep it from reading that the connection has
 * ended: in the kernel, by a file system of theirs that does not answer, or, where they can signal
 * it, by stopping it. sshd's monitor, and the session with it, waits for that process.
 */
#ifndef CARREL_SESSION_STRANDED_H
#define CARREL_SESSION_STRANDED_H

#include "base/error.h"

#include <stdbool.h>

/*
 * Ends them, for root: their users' processes below the monitor first, then, where that does not
 * do and no other login would end with it, all that runs in the session. It takes some seconds
 * where there are any, however many. Calls @report with one line for each. @dry: that alone.
 * Returns how many there were, or -errno.
 */
int stranded_end(bool dry, void (*report)(void *data, const char *line), void *data,
	struct carrel_error *err);

#endif
