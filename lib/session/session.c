// SPDX-License-Identifier: MIT
/*
 * session.c - opens and closes sessions.
 */
#include "session/session.h"
#include "base/cleanup.h"
#include "policy/keys.h"
#include "session/opening.h"

#include <string.h>
#include <unistd.h>

static void fill_origin(struct opening *opening)
{
	const struct plan *plan = opening->plan;
	struct session_record *record = &opening->session->record;

	record->uid = plan->uid;
	opening_copy_text(record->user, sizeof(record->user), plan->user);
	opening_copy_text(record->service, sizeof(record->service), opening->origin->service);
	opening_copy_text(record->tty, sizeof(record->tty), opening->origin->tty);
	opening_copy_text(record->rhost, sizeof(record->rhost), opening->origin->rhost);
	opening_copy_text(record->mode, sizeof(record->mode),
		policy_keys[POLICY_SESSION_MODE].choices[plan->mode]);
	opening_copy_text(record->share, sizeof(record->share),
		policy_keys[POLICY_SESSION_SHARE].choices[plan->share]);
}

int session_open(struct plan *plan, const struct session_origin *origin,
	enum cgroup_manager_kind manager, deadline_t deadline, struct session **ret_session,
	struct carrel_error *err)
{
	struct session *session = calloc(1, sizeof(*session));
	struct opening opening = {
		.plan = plan,
		.origin = origin,
		.deadline = deadline,
		.session = session,
		.user_fd = -EBADF,
		.lock_fd = -EBADF,
		.guest_fd = -EBADF,
		.terminals_fd = -EBADF,
	};
	int r;

	if (!session)
		return error_set(err, -ENOMEM, "session of user %s", plan->user);
	session->init = (struct init_process)INIT_PROCESS_NONE;
	session->saved = (struct saved_namespaces)SAVED_NAMESPACES_NONE;
	session->mark = heir_mark_new();
	session->manager = manager;
	fill_origin(&opening);
	r = opening_run(&opening, err);
	cgroup_manager_free(opening.manager);
	if (opening.lock_fd >= 0)
		state_finish(opening.lock_fd);
	fd_closep(&opening.lock_fd);
	fd_closep(&opening.user_fd);
	fd_closep(&opening.guest_fd);
	fd_closep(&opening.terminals_fd);
	if (r < 0) {
		session_forget(session);
		return r;
	}
	/* No lock is held here: the folder may lie in a file system of its caller's that never
	 * answers. */
	namespaces_follow_directory(&session->saved, plan->uid, plan->gid);
	*ret_session = session;
	return 0;
}

/* Moves the caller back to the cgroup that it came from, if carrel moved it. */
static int leave_cgroup(struct session *session, struct carrel_error *err)
{
	struct cgroup_manager *manager = NULL;
	int r;

	if (!session->record.place.moved)
		return 0;
	r = cgroup_manager_open(session->manager, DEADLINE_NEVER, &manager, err);
	if (r == 0)
		r = manager->ops->detach(manager, &session->record.place, err);
	cgroup_manager_free(manager);
	return r;
}

/* Removes the session's record, where no session-init does. */
static void remove_own_record(const struct session *session)
{
	cleanup_close int state = -EBADF;
	cleanup_close int user = -EBADF;

	if (state_open(&state, NULL) == 0 &&
		state_open_user(state, session->record.uid, &user, NULL) == 0)
		record_remove(user, session->record.id);
}

/* Gives the lease back. A session-init that ends with this login removes the login's record; all
 * other records are removed here. */
static void leave_sandbox(const struct session *session)
{
	switch (session->kind) {
	case SANDBOX_NONE:
		remove_own_record(session);
		break;
	case SANDBOX_OWN:
		if (init_end(&session->init) < 0)
			remove_own_record(session);
		break;
	case SANDBOX_MADE:
	case SANDBOX_JOINED:
		/* The record goes first, because the sandbox may end with this lease. */
		remove_own_record(session);
		(void)init_release(&session->init);
		break;
	}
}

int session_close(struct session *session, struct carrel_error *err)
{
	int restored = namespaces_restore(&session->saved, err);
	int left = leave_cgroup(session, restored < 0 ? NULL : err);

	leave_sandbox(session);
	/* This comes last: the directory may lie in a file system of the caller's that never
	 * answers. */
	namespaces_return_directory(&session->saved);
	session_forget(session);
	return restored < 0 ? restored : left;
}

bool session_is_inherited(const struct session *session)
{
	return heir_mark_is_inherited(session->mark);
}

int session_step_out(struct session *session, struct carrel_error *err)
{
	return namespaces_restore(&session->saved, err);
}

void session_forget(struct session *session)
{
	if (!session)
		return;
	namespaces_forget(&session->saved);
	init_forget(&session->init);
	heir_mark_free(session->mark);
	free(session);
}

const char *session_id(const struct session *session)
{
	return session->record.id;
}

bool session_rescued(const struct session *session)
{
	return session->record.rescue;
}

bool session_crowded(const struct session *session)
{
	return session->record.rescue && session->crowded;
}

const char *session_outdated(const struct session *session)
{
	return session->outdated ? session->sandbox.id : NULL;
}

const struct carrel_error *session_unwatched(const struct session *session)
{
	return session->keeper.code ? &session->keeper : NULL;
}

const struct session_quota *session_quota(const struct session *session)
{
	return &session->quota;
}

cgroup_limit_set session_skipped(const struct session *session)
{
	return session->skipped;
}
