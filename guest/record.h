/* SPDX-License-Identifier: MIT */
/*
 * record.h - what is written down about a guest: how it is while it runs, and what its disk was
 * made from. The first is for people, and for counting guests. Whether a guest lives, only its
 * lock tells.
 */
#ifndef CARREL_GUEST_RECORD_H
#define CARREL_GUEST_RECORD_H

#include "base/error.h"
#include "base/proc.h"
#include "guest/image/image.h"
#include "share.h"

#include <stdbool.h>
#include <stdint.h>

enum { GUEST_USER_SIZE = 32, GUEST_OWNER_SIZE = 264 }; /* of a name with its NUL */

/* The version of both files below is raised only where an older carrel must not read them. A new
 * member does not raise it: where one is missing, the reader has "" or 0. */
enum { GUEST_RECORD_VERSION = 1 };

/* Holds what /run/carrel/guests/UID/state says: how a guest is. */
struct guest_record {
	char state[16]; /* "starting", "ready", "paused", "stopping", or "failed": it is gone, and
			   @why says why */
	char phase[64]; /* what it is just doing */
	char why[256];  /* of "failed" */
	char template[72];
	char image[IMAGE_DIGEST_SIZE];
	char accel[8]; /* "kvm", "tcg", "" until it is known */
	char cgroup[256];
	char user[GUEST_USER_SIZE];   /* the user's name in the guest; "": that of the host */
	char owner[GUEST_OWNER_SIZE]; /* the account that it was started for */
	char note[160];               /* what an admin might want to know about it */
	uint64_t vcpus, memory;
	uint64_t since;            /* CLOCK_REALTIME, seconds */
	struct proc_id supervisor; /* guest-launch */
	struct proc_id qemu;       /* pid 0: not started yet */
	uint32_t cid;              /* of vsock, 0: none */
	uint16_t port;             /* on 127.0.0.1, 0: none */
	uint32_t exit_code;        /* of "failed": what guest-launch exits with */

	struct guest_readers readers; /* is not in the file, but says who may read it */
};

/* Replaces the file GUEST_STATE in the run folder @run_fd. Returns 0 or -errno. */
int guest_record_write(int run_fd, const struct guest_record *record);

/* Reads the file GUEST_STATE in the run folder @run_fd. Returns 0 or -errno: -ENOENT where there is
 * none, -EBADMSG where it is damaged, -EPROTONOSUPPORT where a later version has written it. */
int guest_record_read(int run_fd, struct guest_record *ret_record);

/* Returns whether the guest has no KVM, as far as @record tells: true also until that is known. */
bool guest_record_is_emulated(const struct guest_record *record);

/* Holds what /var/lib/carrel/guests/UID/guest.json says: what a guest's disk was made from. */
struct guest_origin {
	char user[GUEST_OWNER_SIZE]; /* whose disk it is; "": an earlier version did not say */
	char template[72];
	char image[72];                 /* the name at that time, for messages */
	char digest[IMAGE_DIGEST_SIZE]; /* what the disk is backed by */
	uint64_t disk;                  /* bytes that it was given */
	uint64_t created;               /* CLOCK_REALTIME, seconds */
};

/* Replaces the file GUEST_JSON in the state folder @state_fd, for good. The user @uid may read it
 * where the file system has ACLs (share.h). Returns 0 or -errno. */
int guest_origin_write(int state_fd, uid_t uid, const struct guest_origin *origin);

/* Reads the file GUEST_JSON in the state folder @state_fd. Returns 0 or -errno, as
 * guest_record_read() does. */
int guest_origin_read(int state_fd, struct guest_origin *ret_origin);

#endif
