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

/* Says where a login comes from. The strings may be NULL, and nothing in them is trusted. */
struct session_origin {
	const char *service;
	const char *tty;
	const char *rhost;
};

/*
 * Opens a session for the calling process according to @plan, to which it adds operations. Carries
 * out the steps of lib/session/opening.c in order. Where one fails, those before it are undone, and
 * nothing is left behind: no process, mount, cgroup, namespace or descriptor. The caller's
 * namespaces change in the last step only.
 *
 * Needs root. Waits until @deadline at the longest. Leaves signals as they are, and sends the
 * caller no SIGCHLD.
 *
 * Returns 0 and *ret_session, to be given to session_close(); or -errno and @err, whose text begins
 * with the step that failed. -EUSERS: max_sessions is reached.
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

/* Returns true if the calling process has inherited @session by fork from the one that opened it.
 */
bool session_is_inherited(const struct session *session);

/* Gives the calling process the opener's own namespaces back, but for the pid namespace that it was
 * born in. The session goes on, and has to be closed like any other. Returns 0, or the first -errno
 * and @err. */
int session_step_out(struct session *session, struct carrel_error *err);

/* Returns the id, "1001-3", which belongs to the session. */
const char *session_id(const struct session *session);

/* Returns the quota that was in force when the session was opened; it belongs to the session. How
 * much of it is used is known where the origin has a terminal and the plan a banner. */
const struct session_quota *session_quota(const struct session *session);

/* Returns the limits with a leading '?' that this host cannot enforce (cgroup_limit_names()). */
cgroup_limit_set session_skipped(const struct session *session);

/* Returns true if the session is a rescue session (rescue.h), which stands beside the user's quota.
 */
bool session_rescued(const struct session *session);

/* Returns true if it is one because the user has max_sessions open. */
bool session_crowded(const struct session *session);

/* Returns the id of the sandbox that the session has joined, if that was made from another policy
 * than the one in force now; else NULL. */
const char *session_outdated(const struct session *session);

/* Returns why nobody watches the user's limits; NULL where somebody does, or nobody has to. */
const struct carrel_error *session_unwatched(const struct session *session);

/* Frees the memory and descriptors of a session that the calling process inherited by fork and
 * does not own: nothing in the system changes. */
void session_forget(struct session *session);

#endif
