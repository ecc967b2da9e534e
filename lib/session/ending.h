/* SPDX-License-Identifier: MIT */
/*
 * ending.h - ends sessions, with all that runs in them.
 */
#ifndef CARREL_SESSION_ENDING_H
#define CARREL_SESSION_ENDING_H

#include "base/deadline.h"
#include "session/record.h"

/*
 * Ends the session of @record. It asks session-init, and kills it where it does not listen; of a
 * session without a session-init or a pid namespace it kills the processes of the cgroup, the one
 * that opened the session included. Returns when all of them have ended: 0, -ESRCH where they had
 * before, or -errno and @err: -ETIMEDOUT at @deadline. Needs root.
 */
int session_end(const struct session_record *record, deadline_t deadline, struct carrel_error *err);

/* Ends the sandboxes of @uid, as that user and root may, but not the one that the caller is in.
 * Returns 0, or the first -errno with @err, after which the others are ended nevertheless; and in
 * *ret_ended how many have ended. */
int session_end_others(uid_t uid, deadline_t deadline, size_t *ret_ended, struct carrel_error *err);

#endif
