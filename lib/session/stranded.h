/* SPDX-License-Identifier: MIT */
/*
 * stranded.h - ends logins by ssh whose connection has ended, and that go on nevertheless.
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
 * Ends stranded logins: first their users' processes below the monitor, and then, where that does
 * not suffice and no other login would end with it, all that runs in the session. However many
 * there are, it takes some seconds. Calls @report with one line for each login; with @dry it does
 * no more than that. Returns how many there were, or -errno and @err. Needs root.
 */
int stranded_end(bool dry, void (*report)(void *data, const char *line), void *data,
	struct carrel_error *err);

#endif
