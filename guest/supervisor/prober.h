/* SPDX-License-Identifier: MIT */
/*
 * prober.h - the process beside guest-launch that tries logins. It keeps the capabilities that a
 * jail takes, so that guest-launch, which listens to QEMU and to visitors for as long as they
 * like, has none of them. It is given connections and nothing else, and ends with guest-launch.
 */
#ifndef CARREL_GUEST_SUPERVISOR_PROBER_H
#define CARREL_GUEST_SUPERVISOR_PROBER_H

#include "base/error.h"
#include "guest/settings.h"

#include <stddef.h>
#include <sys/types.h>

/* Refers to the process: a child of the caller. */
struct prober {
	pid_t pid;
	int fd; /* readable: there is an answer, or it has ended */
};

#define PROBER_NONE                                                                                \
	(struct prober)                                                                            \
	{                                                                                          \
		.fd = -EBADF                                                                       \
	}

/* Starts a prober for logins of the account of @settings into its guest, where it is called @user;
 * it has its own copy of both. The caller has what jail_start() takes, and one thread. Returns 0
 * with *ret_prober, which prober_end() ends, or -errno with @err. */
int prober_start(const struct guest_settings *settings, const char *user, struct prober *ret_prober,
	struct carrel_error *err);

/* Has the prober try a login over @connection, which stays the caller's. There is one answer to
 * each try. Returns 0, or -errno where the prober has ended. */
int prober_try(const struct prober *prober, int connection);

/* Takes the answer that is there. Returns 1 where the login worked; 0 where it did not, with @why
 * saying what keeps it from being tried at all, or ""; -EAGAIN where there is no answer yet;
 * another -errno where the prober has ended. */
int prober_answer(const struct prober *prober, char *why, size_t size);

/* Ends the prober, and the login that it tries, if any. One that was never started is passed
 * over. */
void prober_end(struct prober *prober);

#endif
