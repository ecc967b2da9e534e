/* SPDX-License-Identifier: MIT */
/*
 * ssh.h - the options of every ssh into a guest, so that none of them trusts less than another
 * does.
 *
 * Guest-attach is linked with it, too, by musl-gcc.
 */
#ifndef CARREL_GUEST_SSH_H
#define CARREL_GUEST_SSH_H

#include "base/words.h"

/* Says on whose behalf ssh runs: some options are not for all of them. */
enum ssh_caller {
	SSH_LOGIN = 1 << 0, /* guest-attach, in a session of the user's */
	SSH_ADMIN = 1 << 1, /* carrel guest ssh */
	SSH_PROBE = 1 << 2, /* the prober, which tries whether the guest lets its user in */
};

struct ssh_call {
	enum ssh_caller caller;
	const char *key, *known_hosts; /* paths of the key into the guest, and of the guest's own */
	const char *proxy;             /* how ssh gets its connection: a ProxyCommand */
	const char *user;              /* in the guest */
};

/* Adds "ssh" and the options for @call to @words, which are empty. The caller adds options of its
 * own, and then "--", GUEST_HOST_NAME and the command. */
void guest_ssh_words(struct words *words, const struct ssh_call *call);

#endif
