/* SPDX-License-Identifier: MIT */
/*
 * session.h - carries a plan out: puts the calling process, and all that it forks from then on,
 * into a carrel, and takes it out again.
 */
#ifndef CARREL_SESSION_SESSION_H
#define CARREL_SESSION_SESSION_H

#include "base/deadline.h"
#include "base/error.h"
#include "cgroup/cgroup.h"
#include "plan/plan.h"
#include "session/quota.h"

struct session;

/* Whom and what the session is for; strings may be NULL, nothing in them is trusted. */
struct session_origin {
	const char *service;
	const char *tty;
	const char *rhost;
};

/*
 * Opens a session for the calling process according to @plan (which it adds final operations to).
 * Carries out the steps of lib/session/opening.c in order; a step that fails undoes those before
 * it, and leaves nothing behind: no process, mount, cgroup, namespace or descriptor. The caller's
 * namespaces change in the last step only.
 *
 * Needs root. Waits until @deadline at the longest. Signals are left as they are; no SIGCHLD
 * reaches the caller.
 *
 * Returns 0 and *ret_session, to be given to session_close(); or -errno and @err, whose text begins
 * with the step. -EUSERS: max_sessions is reached.
 */
int session_open(struct plan *plan, const struct session_origin *origin,
	enum cgroup_manager_kind manager, deadline_t deadline, struct session **ret_session,
	struct carrel_error *err);

/*
 * Gives the lease back, restores the caller's namespaces and cgroup, and frees @session. Never
 * waits: sshd calls it before it reaps its own child, a member of the dying pid namespace. Returns
 * 0, or the -errno of the first thing that could not be restored; the rest is done nevertheless.
 */
int session_close(struct session *session, struct carrel_error *err);

/* Whether the calling process has inherited @session by fork from the one that opened it. */
bool session_is_inherited(const struct session *session);

/* Gives the calling process the opener's own namespaces back, but for the pid namespace that it was
 * born in. The session goes on, and is closed as any. 0, or the first -errno. */
int session_step_out(struct session *session, struct carrel_error *err);

/* The id, "1001-3"; lives as long as the session. */
const char *session_id(const struct session *session);

/* What held when it was opened; lives as long as the session. What is used is known where the
 * origin has a terminal and the plan a banner. */
const struct session_quota *session_quota(const struct session *session);

/* Returns the limits with a leading '?' that this host cannot enforce (cgroup_limit_names()). */
cgroup_limit_set session_skipped(const struct session *session);

/* True if the user's quota was used up: this session stands beside it (rescue.h). */
bool session_rescued(const struct session *session);

/* True if it does so because the user has max_sessions open. */
bool session_crowded(const struct session *session);

/* The id of the sandbox that the session has joined, where it was made from another policy than the
 * one that holds now; else NULL. */
const char *session_outdated(const struct session *session);

/* Why nobody watches the user's limits, NULL where somebody does or need not. */
const struct carrel_error *session_unwatched(const struct session *session);

/* Frees the memory and descriptors of a session that the calling process inherited by fork and
 * does not own: nothing in the system changes. */
void session_forget(struct session *session);

#endif
