/* SPDX-License-Identifier: MIT */
/*
 * claim.h - tells whether there is room for one more login, and keeps that room for it.
 *
 * sshd asks in the account phase, where it ends a connection that is refused; the session is opened
 * later. Between the two a login holds a claim, so that however many come at the same time, no more
 * pass than there is room for. A login without a claim is counted when its session opens.
 */
#ifndef CARREL_SESSION_CLAIM_H
#define CARREL_SESSION_CLAIM_H

#include "session/inventory.h"

/*
 * Decides whether the user with the sessions @counts may have one more; @pending counts this login
 * and those that come before it. @rescue: a rescue session is allowed. Returns 0; 1 where the login
 * may only be a rescue session; -EUSERS and @err, whose reason says what the user can do about it.
 */
int claim_room(const struct inventory_counts *counts, uint64_t pending, uint64_t max_sessions,
	bool rescue, struct carrel_error *err);

/*
 * Claims room for one login of @uid. Returns 0 and *ret_fd, which holds the claim until
 * claim_release(), or until its holder ends, however that comes about; -EUSERS as claim_room(); or
 * another -errno where it could not be told whether there is room.
 */
int claim_take(
	uid_t uid, uint64_t max_sessions, bool rescue, int *ret_fd, struct carrel_error *err);

/* Gives the claim back, even if a child has inherited the descriptor, and closes @fd. */
void claim_release(int *fd);

#endif
