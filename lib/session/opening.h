/* SPDX-License-Identifier: MIT */
/*
 * opening.h - a session while it is opened, and what outlives that.
 */
#ifndef CARREL_SESSION_OPENING_H
#define CARREL_SESSION_OPENING_H

#include "session/heir.h"
#include "session/inventory.h"
#include "session/namespaces.h"
#include "session/quota.h"
#include "session/record.h"
#include "session/session.h"
#include "session/spawn.h"

#include <stdio.h>

/* Says what a session has for its processes. */
enum sandbox_kind {
	SANDBOX_NONE,   /* nothing: mode = host, so there is no session-init */
	SANDBOX_OWN,    /* a sandbox that ends with the session */
	SANDBOX_MADE,   /* one that the user's logins share, made by this one */
	SANDBOX_JOINED, /* one that the user's logins share, made by an earlier one */
};

/* Holds what outlives session_open(). */
struct session {
	struct session_record record;
	enum sandbox_kind kind;
	struct init_process init;
	struct saved_namespaces saved;
	struct heir_mark *mark;
	enum cgroup_manager_kind manager;
	cgroup_limit_set skipped;      /* optional limits that are not enforced here */
	struct session_record sandbox; /* the shared one that it is in, with MADE and JOINED */
	bool outdated;                 /* that one was made from another policy */
	bool crowded;                  /* max_sessions are open besides: a rescue session */
	struct session_quota quota;
	struct carrel_error keeper; /* why it could not be started */
};

/* Holds what the steps work on. */
struct opening {
	struct plan *plan;
	const struct session_origin *origin;
	deadline_t deadline;
	struct cgroup_manager *manager;
	struct session *session;
	int user_fd;
	int lock_fd;
	int guest_fd;               /* with mode = guest: the guest's folder */
	int terminals_fd;           /* what PLAN_OP_TERMINALS needs */
	struct inventory inventory; /* the user's sessions, as the lock was taken */
	struct init_birth birth;    /* of a session-init of the login's own */
	char left[256];             /* the cgroup that the caller has left before the lock, or "" */
	bool cut_short; /* the previous open was killed half-way and may have left something */
	bool crowded;   /* the user has max_sessions open: this is a rescue session, or none */
};

static inline void opening_copy_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
}

/*
 * Carries out the steps of opening.c in order; one that fails undoes those before it. Returns 0 or
 * -errno, and @err begins with the step. The descriptors and the manager of @opening stay open.
 */
int opening_run(struct opening *opening, struct carrel_error *err);

#endif
