/* SPDX-License-Identifier: MIT */
/*
 * guest_record.h - what is written down about a guest while it runs: for people, for the login, and
 * for counting guests. Whether a guest lives, only its lock tells.
 */
#ifndef CARREL_SESSION_GUEST_RECORD_H
#define CARREL_SESSION_GUEST_RECORD_H

#include "base/proc.h"

#include <stdbool.h>
#include <stdint.h>

enum { GUEST_USER_SIZE = 32, GUEST_OWNER_SIZE = 264 }; /* of a name with its NUL */

/* This is raised only where an older carrel must not read the file. A new member does not raise it:
 * where one is missing, the reader has "" or 0. */
enum { GUEST_RECORD_VERSION = 1 };

/* Holds what GUEST_STATE (plan/guest.h) says: how a guest is. */
struct guest_record {
	char state[16]; /* "starting", "ready", "paused", "stopping", or "failed": it is gone, and
			   @why says why */
	char phase[64]; /* what it is just doing */
	char why[256];  /* of "failed" */
	char template[72];
	char image[80]; /* its digest */
	char accel[8];  /* "kvm", "tcg", "" until it is known */
	char cgroup[256];
	char user[GUEST_USER_SIZE];   /* the user's name in the guest; "": that of the host */
	char owner[GUEST_OWNER_SIZE]; /* the account that it was started for */
	char note[160];               /* what an admin might want to know about it */
	uint64_t vcpus, memory;
	uint64_t since;            /* CLOCK_REALTIME, seconds */
	uint64_t ready;            /* since when users can log in, in the same way; 0: not yet */
	struct proc_id supervisor; /* guest-launch */
	struct proc_id qemu;       /* pid 0: not started yet */
	uint32_t cid;              /* of vsock, 0: none */
	uint16_t port;             /* on 127.0.0.1, 0: none */
	uint32_t exit_code;        /* of "failed": what guest-launch exits with */
	uint32_t version;          /* of the file */
};

/* Returns the text of the file GUEST_STATE for @record, which the caller frees, or NULL where
 * memory is short. */
char *guest_record_print(const struct guest_record *record);

/* Reads the file GUEST_STATE in the run folder @run_fd. Returns 0 or -errno: -ENOENT where there is
 * none, -EBADMSG where it is damaged, -EPROTONOSUPPORT where a later version has written it. */
int guest_record_read(int run_fd, struct guest_record *ret_record);

/* Returns whether the guest has no KVM, as far as @record tells: true also until that is known. */
bool guest_record_is_emulated(const struct guest_record *record);

#endif
