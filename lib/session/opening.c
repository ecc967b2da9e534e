// SPDX-License-Identifier: MIT
/*
 * opening.c - opens a session by a table of steps, each with its undo.
 */
#include "session/opening.h"
#include "base/cleanup.h"
#include "base/proc.h"
#include "config.h"
#include "session/claim.h"
#include "session/clock.h"
#include "session/guest.h"
#include "session/inventory.h"
#include "session/keeper.h"
#include "session/rescue.h"
#include "session/sandbox.h"
#include "session/steps.h"
#include "session/terminals.h"
#include "session/vsock.h"

#include <limits.h>
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- which steps there are ---- */

static bool plans_sandbox(const void *context)
{
	const struct opening *opening = context;

	return plan_has_sandbox(opening->plan);
}

/* A sandbox that is joined has been set up by the login that made it. */
static bool sets_up_sandbox(const void *context)
{
	const struct opening *opening = context;

	return opening->session->kind == SANDBOX_OWN || opening->session->kind == SANDBOX_MADE;
}

static bool plans_guest(const void *context)
{
	const struct opening *opening = context;

	return opening->plan->mode == POLICY_MODE_GUEST;
}

/* A keeper reports when these two limits are reached, and no others. */
static bool needs_keeper(const void *context)
{
	const struct opening *opening = context;
	const struct cgroup_limits *limits = &opening->plan->limits;

	return limits->limit[CGROUP_MEMORY_MAX].set || limits->limit[CGROUP_PIDS_MAX].set;
}

/* ---- the steps ---- */

/* Leaves the cgroup that the caller comes from. A user who owns it, or uses up its quotas, could
 * freeze or starve the caller, and the user's lock with it. */
static int leave_place(void *context, struct carrel_error *err)
{
	struct opening *opening = context;
	int r = cgroup_manager_open(
		opening->session->manager, opening->deadline, &opening->manager, err);

	if (r < 0)
		return r;
	r = cgroup_leave_held(
		opening->manager, opening->plan->uid, opening->left, sizeof(opening->left));
	return r < 0 ? error_set(err, r, "the caller's cgroup") : 0;
}

static void return_to_place(void *context)
{
	struct opening *opening = context;

	if (opening->left[0])
		(void)cgroup_return(opening->manager, opening->left);
}

static int take_user_lock(void *context, struct carrel_error *err)
{
	struct opening *opening = context;
	cleanup_close int state = -EBADF;
	int r = state_open(&state, err);

	if (r == 0)
		r = state_open_user(state, opening->plan->uid, &opening->user_fd, err);
	if (r == 0)
		r = state_lock_user(opening->user_fd, opening->deadline, &opening->lock_fd, err);
	if (r == 0)
		opening->cut_short = state_begin(opening->lock_fd);
	return r;
}

static int admit_login(void *context, struct carrel_error *err)
{
	struct opening *opening = context;
	const struct plan *plan = opening->plan;
	struct session_record *record = &opening->session->record;
	struct inventory_counts counts = {0};
	int r = inventory_load(plan->uid, &opening->inventory, err);

	if (r < 0)
		return r;
	inventory_tally(&opening->inventory, &counts);
	/* The user's next login removes what a crash has left, even what has no record because a
	 * session was cut short as it opened or, with nobody in it, as it ended. */
	if (opening->cut_short || counts.dead > 0 || counts.logins + counts.sandboxes == 0)
		inventory_sweep_known(&opening->inventory, opening->manager, opening->user_fd,
			plan->uid, opening->cut_short);
	r = claim_room(&counts, 1, plan->max_sessions, plan->rescue, err);
	if (r < 0)
		return r;
	opening->crowded = opening->session->crowded = r > 0;
	return record_new_id(opening->user_fd, plan->uid, record->id, sizeof(record->id), err);
}

static int attach_cgroup(void *context, struct carrel_error *err)
{
	struct opening *opening = context;
	struct session_record *record = &opening->session->record;
	struct cgroup_request request = {.uid = opening->plan->uid,
		.session_id = record->id,
		.deadline = opening->deadline,
		.err = err};
	int r = opening->manager->ops->attach(opening->manager, &request, &record->place);

	/* The way back leads to where the caller came from, and not to where it has waited for the
	 * lock. */
	if (r == 0 && record->place.moved && opening->left[0])
		opening_copy_text(
			record->place.previous, sizeof(record->place.previous), opening->left);
	return r;
}

static void detach_cgroup(void *context)
{
	struct opening *opening = context;

	opening->manager->ops->detach(opening->manager, &opening->session->record.place, NULL);
}

/* Sets the limits. The user's node exists by now, because somebody is below it. */
static int apply_limits(void *context, struct carrel_error *err)
{
	struct opening *opening = context;
	const struct plan *plan = opening->plan;
	struct cgroup_request request = {.uid = plan->uid,
		.limits = &plan->limits,
		.deadline = opening->deadline,
		.err = err};
	int r = opening->manager->ops->apply(opening->manager, &request);

	if (r == 0 && plan->io_skipped)
		request.skipped |= cgroup_limit_bit(CGROUP_IO_MAX);
	opening->session->skipped = request.skipped;
	return r;
}

static int rescue_login(void *context, struct carrel_error *err)
{
	struct opening *opening = context;

	return session_rescue(opening->plan, opening->manager, opening->crowded, opening->deadline,
		&opening->session->record, err);
}

/* Reads the quota, and for a banner at a terminal also how much of it is used. */
static int note_quota(void *context, struct carrel_error *err)
{
	struct opening *opening = context;
	const char *tty = opening->origin->tty;

	(void)err;
	quota_read(opening->manager, record_node(&opening->session->record),
		opening->plan->banner && tty && *tty, &opening->session->quota);
	return 0;
}

static int take_terminals(void *context, struct carrel_error *err)
{
	struct opening *opening = context;

	return terminals_take(opening->plan, &opening->inventory, &opening->terminals_fd, err);
}

static int fill_record(struct opening *opening)
{
	struct session *session = opening->session;
	struct session_record *record = &session->record;
	int r = proc_identify(getpid(), &record->opener);

	if (r == 0 && session->init.pid > 0)
		r = proc_identify(session->init.pid, &record->init);
	if (r == 0 && session->init.pid > 0)
		r = proc_namespace(session->init.pid, "pid", &record->pid_namespace);
	if (r == 0 && session->init.pid > 0)
		r = proc_namespace(session->init.pid, "mnt", &record->mnt_namespace);
	opening_copy_text(record->manager, sizeof(record->manager), opening->manager->ops->name);
	record->since = (uint64_t)time(NULL);
	return r;
}

static void remove_record(void *context)
{
	struct opening *opening = context;

	record_remove(opening->user_fd, opening->session->record.id);
	if (opening->session->kind == SANDBOX_MADE)
		record_remove(opening->user_fd, opening->session->sandbox.id);
}

static int write_record(void *context, struct carrel_error *err)
{
	struct opening *opening = context;
	int r = fill_record(opening);

	/* session-init has died already: the step "sandbox", which waits for it, tells why. */
	if (r == -ESRCH || r == -ENOENT)
		return 0;
	if (r < 0)
		return error_set(err, r, "session-init of user %s", opening->plan->user);
	if (opening->session->kind == SANDBOX_MADE)
		r = record_write(opening->user_fd, &opening->session->sandbox, err);
	if (r == 0)
		r = record_write(opening->user_fd, &opening->session->record, err);
	if (r < 0)
		remove_record(opening);
	return r;
}

static int save_namespaces(void *context, struct carrel_error *err)
{
	struct opening *opening = context;

	return namespaces_save(plan_namespaces(opening->plan), &opening->session->saved, err);
}

static int enter_namespaces(void *context, struct carrel_error *err)
{
	struct opening *opening = context;
	const struct plan *plan = opening->plan;
	struct session *session = opening->session;
	uint64_t flags = plan_namespaces(plan) & ~(uint64_t)CLONE_NEWTIME;
	/* In a sandbox that several logins share, each of them has a cgroup namespace of its own,
	 * which begins at the login's node. */
	uint64_t fresh = session->kind == SANDBOX_OWN ? 0 : flags & CLONE_NEWCGROUP;
	int r = 0;

	if (plan->own_network)
		r = vsock_refuse(err);
	return r < 0 ? r
		     : namespaces_enter(
			       session->init.pidfd, flags & ~fresh, fresh, &session->saved, err);
}

/* Starts a keeper. A login is no less confined without one, so a failure is only reported. */
static int ensure_keeper(void *context, struct carrel_error *err)
{
	struct opening *opening = context;
	struct session *session = opening->session;

	(void)err;
	keeper_ensure(opening->manager, &session->record.place, opening->plan->uid,
		opening->user_fd, opening->deadline, &session->keeper);
	return 0;
}

/* Opens the guest's folder, which session-init shows in the session's view. */
static int open_guest(void *context, struct carrel_error *err)
{
	struct opening *opening = context;

	return guest_open(opening->plan->uid, &opening->guest_fd, err);
}

/* Starts the guest once all else is there, because it would stay even if the login failed. A boot
 * takes longer than a login may, so guest-attach waits for it in the session. */
static int start_guest(void *context, struct carrel_error *err)
{
	struct opening *opening = context;
	int r = guest_ensure(opening->manager, opening->plan->user, opening->plan->uid,
		opening->guest_fd, opening->deadline, NULL, err);

	return r < 0 ? r : 0;
}

/*
 * session-init starts on another processor while the steps up to "view" are taken, and carries the
 * plan out while those up to "sandbox" are, which waits for it. The caller's own namespaces change
 * last: nothing can fail after that.
 */
static const struct step open_steps[] = {
	{"place", leave_place, return_to_place},
	{"lock", take_user_lock, NULL},
	{"admission", admit_login, NULL},
	{"cgroup", attach_cgroup, detach_cgroup},
	{"limits", apply_limits, NULL},
	{"rescue", rescue_login, NULL},
	{"session-init", sandbox_start, sandbox_stop, sandbox_is_own},
	{"quota", note_quota, NULL},
	{"guest's folder", open_guest, NULL, plans_guest},
	{"terminals", take_terminals, NULL, plans_sandbox},
	{"own namespaces", save_namespaces, NULL, plans_sandbox},
	{"view", sandbox_make, sandbox_leave, plans_sandbox},
	{"record", write_record, remove_record},
	{"keeper", ensure_keeper, NULL, needs_keeper},
	{"sandbox", sandbox_await, NULL, sets_up_sandbox},
	{"guest", start_guest, NULL, plans_guest},
	{"clocks", clock_enter, clock_leave, clock_is_planned},
	{"namespaces", enter_namespaces, NULL, plans_sandbox},
};

int opening_run(struct opening *opening, struct carrel_error *err)
{
	return steps_run(open_steps, sizeof(open_steps) / sizeof(open_steps[0]), opening, err);
}
