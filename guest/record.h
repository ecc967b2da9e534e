/* SPDX-License-Identifier: MIT */
/*
 * record.h - writes down how a guest is while it runs (session/guest_record.h), and what its disk
 * was made from.
 */
#ifndef CARREL_GUEST_RECORD_H
#define CARREL_GUEST_RECORD_H

#include "base/error.h"
#include "guest/image/image.h"
#include "session/guest_record.h"
#include "share.h"

#include <stdbool.h>
#include <stdint.h>

/* Replaces the file GUEST_STATE in the run folder @run_fd, for @readers. Returns 0 or -errno. */
int guest_record_write(
	int run_fd, const struct guest_record *record, const struct guest_readers *readers);

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
 * guest_record_read() does. A later version may have added members. */
int guest_origin_read(int state_fd, struct guest_origin *ret_origin);

#endif
