/* SPDX-License-Identifier: MIT */
/*
 * keys.h - the SSH keys of a guest: who it is, and who may enter.
 *
 * The host key is the guest's as long as its disk; the key into it is made anew at each start, so
 * that one that was copied is worth nothing later.
 */
#ifndef CARREL_GUEST_LAUNCH_KEYS_H
#define CARREL_GUEST_LAUNCH_KEYS_H

#include "base/error.h"

#include <sys/types.h>

struct guest_keys {
	char *host_private; /* as sshd reads it */
	char *user_public;  /* a line of authorized_keys */
};

/* Makes what is missing, GUEST_KEY (the user's) and GUEST_KNOWN_HOSTS in the run folder. Free with
 * guest_keys_free(). 0 or -errno. */
int guest_keys_make(uid_t uid, gid_t gid, int run_fd, int state_fd, struct guest_keys *ret_keys,
	struct carrel_error *err);
void guest_keys_free(struct guest_keys *keys);

#endif
