/* SPDX-License-Identifier: MIT */
/*
 * keys.h - the SSH keys of a guest: by which it is known, and by which its user enters it.
 *
 * The host key is as old as the guest's disk. The key into the guest is made anew at each start,
 * so that a copy of it is worth nothing later.
 */
#ifndef CARREL_GUEST_LAUNCH_KEYS_H
#define CARREL_GUEST_LAUNCH_KEYS_H

#include "base/error.h"

#include <sys/types.h>

struct guest_keys {
	char *host_private; /* as sshd reads it */
	char *user_public;  /* a line of authorized_keys */
};

/* Makes the keys of the guest of @uid that are missing: its host key in the state folder @state_fd;
 * in the run folder @run_fd GUEST_KEY, which is given to @uid and @gid, and GUEST_KNOWN_HOSTS.
 * Returns 0 with *ret_keys, or -errno with @err. The caller frees *ret_keys by guest_keys_free(),
 * also after a failure. */
int guest_keys_make(uid_t uid, gid_t gid, int run_fd, int state_fd, struct guest_keys *ret_keys,
	struct carrel_error *err);

/* Frees what guest_keys_make() has read. */
void guest_keys_free(struct guest_keys *keys);

#endif
