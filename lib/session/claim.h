/* SPDX-License-Identifier: MIT */
/*
 * claim.h - whether there is room for one more login, and who has been told so.
 *
 * sshd asks in the account phase, where it ends a connection that is refused; the session is opened
 * later. Between the two a login holds a claim, so that however many come at the same time, no more
 * pass than there is room for. Whoever comes without one is counted when the session opens.
 */
#ifndef CARREL_SESSION_CLAIM_H
#define CARREL_SESSION_CLAIM_H

#include "session/inventory.h"

/*
 * Whether the user with the sessions @counts may have one more, @pending being this login and those
 * that go before it. Returns 0; 1: as a rescue session alone, for which @rescue says whether at
 * all; -EUSERS and @err, with what the user can do about it as the reason.
 */
int claim_room(const struct inventory_counts *counts, uint64_t pending, uint64_t max_sessions,
	bool rescue, struct carrel_error *err);

/*
 * Claims room for one login of @uid. Returns 0 and *ret_fd, which holds the claim until
 * claim_release(), and however its holder ends; -EUSERS as claim_room(); or -errno: nobody could
 * look, and nothing is said about room.
 */
int claim_take(
	uid_t uid, uint64_t max_sessions, bool rescue, int *ret_fd, struct carrel_error *err);

/* Gives the claim back, though a child may have inherited the descriptor, and closes it. */
void claim_release(int *fd);

#endif
