/* SPDX-License-Identifier: MIT */
/*
 * ending.h - ends sessions: all that runs in them.
 */
#ifndef CARREL_SESSION_ENDING_H
#define CARREL_SESSION_ENDING_H

#include "base/deadline.h"
#include "session/record.h"

/*
 * Ends the session of @record, for root: asks session-init, and kills it where it does not listen;
 * a session without one, or without a pid namespace, by the processes of its cgroup, the one
 * that opened it included. Returns when all is over: 0,
 * -ESRCH where it was over already, -ETIMEDOUT, or -errno, with @err.
 */
int session_end(const struct session_record *record, deadline_t deadline, struct carrel_error *err);

/* Ends the sandboxes of @uid but the one that the caller is in, as that user and root may.
 * *ret_ended: how many. Returns 0, or the first -errno with @err; the others are ended
 * nevertheless. */
int session_end_others(uid_t uid, deadline_t deadline, size_t *ret_ended, struct carrel_error *err);

#endif
