// SPDX-License-Identifier: MIT
#include "session/sandbox.h"
#include "base/cleanup.h"
#include "session/cgroup_view.h"
#include "session/parts.h"
#include "session/removal.h"
#include "session/shared.h"

/* A rescue session stands beside all others, so that it can end them. */
static bool shares_sandbox(const struct opening *opening)
{
	return opening->plan->share == POLICY_SHARE_USER && !opening->session->record.rescue;
}

bool sandbox_is_own(const void *context)
{
	const struct opening *opening = context;

	return plan_has_sandbox(opening->plan) && !shares_sandbox(opening);
}

/* The caller stands where session-init belongs, and goes on while it starts. */
int sandbox_start(void *context, struct carrel_error *err)
{
	struct opening *opening = context;
	struct session *session = opening->session;
	int r = init_begin(opening->plan->namespaces, opening->deadline, &opening->birth, err);

	if (r == 0)
		session->kind = SANDBOX_OWN;
	return r;
}

void sandbox_stop(void *context)
{
	struct opening *opening = context;
	struct session *session = opening->session;

	if (opening->birth.program.memory)
		(void)init_finish(&opening->birth, &session->init, NULL);
	init_kill(&session->init);
	control_remove(session->record.id);
}

static int join_or_make(struct opening *opening, struct carrel_error *err)
{
	struct session *session = opening->session;
	struct session_record *sandbox = &session->sandbox;
	struct plan *plan = opening->plan;
	const char *name = session->record.id;
	int r = shared_join(
		plan, &opening->inventory, name, opening->deadline, sandbox, &session->init, err);

	session->kind = r > 0 ? SANDBOX_JOINED : SANDBOX_MADE;
	if (r > 0) {
		session->outdated = sandbox->view != plan_digest(plan);
		r = 0;
	} else if (r == 0) {
		r = record_new_id(
			opening->user_fd, plan->uid, sandbox->id, sizeof(sandbox->id), err);
		if (r == 0)
			r = shared_make(plan, opening->manager, name, opening->terminals_fd,
				opening->deadline, sandbox, &session->init, err);
	}
	if (r < 0)
		return r;
	opening_copy_text(session->record.sandbox, sizeof(session->record.sandbox), sandbox->id);
	return 0;
}

/* Sends the plan as soon as there is one, and meets session-init then. */
static int send_own_plan(struct opening *opening, struct carrel_error *err)
{
	struct session *session = opening->session;
	struct plan *plan = opening->plan;
	cleanup(parts_free) struct parts parts = {.count = 0};
	int r = cgroup_view(plan, opening->manager, &session->record, err);

	if (r == 0)
		r = removal_plan(plan, opening->manager, &session->record, err);
	if (r < 0)
		return r;
	parts_make(plan->ops, &parts);
	r = init_send_plan(opening->birth.mine, plan->ops, &parts, opening->terminals_fd);
	if (r < 0)
		return error_set(err, r, "plan of user %s", plan->user);
	return init_finish(&opening->birth, &session->init, err);
}

int sandbox_make(void *context, struct carrel_error *err)
{
	struct opening *opening = context;

	return shares_sandbox(opening) ? join_or_make(opening, err) : send_own_plan(opening, err);
}

/* A session-init of the login's own is stopped by the step that has started it. */
void sandbox_leave(void *context)
{
	struct opening *opening = context;
	struct session *session = opening->session;

	if (session->kind == SANDBOX_MADE) {
		shared_undo(opening->manager, &session->sandbox, &session->init);
	} else if (session->kind == SANDBOX_JOINED) {
		(void)init_release(&session->init);
		init_forget(&session->init);
	}
}

int sandbox_await(void *context, struct carrel_error *err)
{
	struct opening *opening = context;

	return init_await(&opening->session->init, opening->plan->ops, opening->deadline, err);
}
