/* SPDX-License-Identifier: MIT */
/*
 * missed.h - remembers since when the user of a guest may have none any more. A name service that
 * is out of reach gives the same answers as one from which an account, or its groups, are gone; so
 * an answer counts only after carrel gc has got no other for an hour.
 *
 *	/run/carrel/missed/UID	root's: a deadline_t, after which the answer counts, and its kind
 */
#ifndef CARREL_HELPER_GUEST_MISSED_H
#define CARREL_HELPER_GUEST_MISSED_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

enum missed_kind {
	MISSED_OWNER,  /* the account for which guest or disk was made does not have the uid */
	MISSED_POLICY, /* the policies give the user no guest */
};

/* Notes that @kind has been found for the guest of @uid; needs root. The hour goes on if the last
 * note was of the same kind, and begins otherwise. */
void missed_note(uid_t uid, enum missed_kind kind);

/* Forgets what is noted of @uid; needs root. */
void missed_forget(uid_t uid);

/* Forgets what is noted of all uids but those that @keep, called with @data, returns true for;
 * needs root. */
void missed_forget_others(bool (*keep)(const void *data, uid_t uid), const void *data);

/* Returns whether @kind was noted of @uid an hour ago, in which the host was awake, and has not
 * been forgotten since. Anybody may ask. */
bool missed_for_good(uid_t uid, enum missed_kind kind);

#endif
