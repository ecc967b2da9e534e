/* SPDX-License-Identifier: MIT */
/*
 * prober.h - the process beside guest-launch that tries logins. It keeps the capabilities that a
 * jail takes, so that guest-launch, which listens to QEMU and to visitors for as long as they like,
 * has none of them. It hears of nothing but connections, and ends with guest-launch.
 */
#ifndef CARREL_GUEST_SUPERVISOR_PROBER_H
#define CARREL_GUEST_SUPERVISOR_PROBER_H

#include "base/error.h"
#include "guest/settings.h"

#include <stddef.h>
#include <sys/types.h>

struct prober {
	pid_t pid;
	int fd; /* readable: there is an answer, or it has ended */
};

#define PROBER_NONE                                                                                \
	(struct prober)                                                                            \
	{                                                                                          \
		.fd = -EBADF                                                                       \
	}

/* Starts it, for logins of the account of @settings into its guest, where it is called @user.
 * Both stay as they are. The caller has what jail_start() takes, and one thread. 0 or -errno. */
int prober_start(const struct guest_settings *settings, const char *user, struct prober *ret_prober,
	struct carrel_error *err);

/* Has it try a login over @connection, which stays the caller's. There is one answer to each. 0 or
 * -errno: it has ended. */
int prober_try(const struct prober *prober, int connection);

/* Takes the answer that is there: 1, the login worked; 0, it did not, and @why is what keeps it
 * from being tried at all, "" if nothing; -errno: it has ended. */
int prober_answer(const struct prober *prober, char *why, size_t size);

/* Ends it, and the login that it tries, if any. One that was never started is fine. */
void prober_end(struct prober *prober);

#endif
