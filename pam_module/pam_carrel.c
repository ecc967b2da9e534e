// SPDX-License-Identifier: MIT
/*
 * pam_carrel.c - the entry points of the PAM module: policy, plan, apply.
 *
 * It runs as root inside sshd, login, su, cron and others. Root and admins pass before anything is
 * read that could be broken. All others get what the policy says, or nothing.
 */
#include "account.h"
#include "arguments.h"
#include "base/cleanup.h"
#include "birth.h"
#include "caller.h"
#include "ccache.h"
#include "module.h"
#include "plan/manager.h"
#include "session/head_start.h"
#include "session/nesting.h"
#include "session/quota_lift.h"
#include "session/session.h"
#include "tmpdir.h"

#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <string.h>
#include <syslog.h>

#define DATA_SESSION "carrel_session"

/* Everything that the decision about one login is made from. */
struct decision {
	struct login login;
	struct host_config config;
	struct policy policy;
	struct policy_problems host_problems; /* of carrel.ini */
	struct policy_problems problems;      /* of the policies */
	struct carrel_error err;
	deadline_t began; /* the deadline counts from here, whatever was waited for since */
	bool exempt;
	bool unmatched; /* no policy fits, though there are some */
};

static void decision_free(struct decision *decision)
{
	policy_free(&decision->policy);
	policy_problems_free(&decision->problems);
	policy_problems_free(&decision->host_problems);
	host_config_free(&decision->config);
	login_free(&decision->login);
}

/* Returns the PAM code for an error. It is never PAM_SESSION_ERR: sudo goes on after that one, and
 * would run its command unconfined. */
static int pam_code(int error)
{
	return error == -ENOMEM ? PAM_BUF_ERR : PAM_SYSTEM_ERR;
}

static enum policy_mode mode_of(const struct decision *decision)
{
	return (enum policy_mode)decision->policy.setting[POLICY_SESSION_MODE].value.choice;
}

/*
 * Reads who logs in and what the files say. decision->exempt is set for root and admins; then
 * nothing else has been read. Returns a PAM code.
 */
static int decide_login(pam_handle_t *pamh, struct decision *decision)
{
	struct carrel_error *err = &decision->err;
	bool host_broken;
	int r = login_read(pamh, &decision->login, err);

	if (r != PAM_SUCCESS)
		return r;
	if (decision->login.policy.uid == 0) {
		decision->exempt = true;
		return PAM_SUCCESS;
	}
	r = host_config_load(POLICY_HOST_INI, &decision->config, &decision->host_problems, err);
	host_broken = r < 0;
	login_fetch_later(&decision->login);
	if (host_config_is_admin(&decision->config, &decision->login.policy)) {
		decision->exempt = true;
		return PAM_SUCCESS;
	}
	if (r < 0 && r != -EINVAL)
		return pam_code(r);
	decision->login.policy.system_account =
		decision->login.policy.uid < decision->config.uid_min;
	r = policy_load(
		POLICY_DIR, &decision->login.policy, &decision->policy, &decision->problems, err);
	if (r == 0)
		r = policy_unmatched(
			&decision->policy, &decision->login.policy, decision->config.unmatched);
	if (r < 0)
		return pam_code(r);
	decision->unmatched = r > 0;
	r = login_groups_result(&decision->login, err);
	if (r != PAM_SUCCESS)
		return r;
	if (host_broken || decision->problems.count > 0) {
		error_set(err, -EINVAL, "policies");
		error_why(err, "a file was refused (carrel check)");
	}
	return PAM_SUCCESS;
}

static void forget_session(pam_handle_t *pamh, void *data, int status)
{
	(void)pamh;
	/* close_session replaces the session, which it has freed. */
	if (status & PAM_DATA_REPLACE)
		return;
	/* pam_end(3) is also called by children that inherited the handle: a session ends when it
	 * is closed, or when its opener has died. */
	session_forget(data);
}

static enum cgroup_manager_kind manager_of(const struct decision *decision)
{
	return manager_kind(decision->config.cgroup_manager);
}

/* Gives back the quotas of a user who is exempt now and may have been confined before. Nobody is
 * kept out if that fails. */
static void lift_old_quotas(pam_handle_t *pamh, const struct decision *decision)
{
	struct carrel_error err = {0};
	bool inside = false;

	if (session_inside(decision->login.policy.uid, &inside, NULL) < 0 || inside)
		return;
	if (quotas_lift(decision->login.policy.uid, manager_of(decision),
		    decision->began + decision->config.deadline, &err) < 0)
		report_error(pamh, "lifting the quotas of an earlier policy", &err);
}

static int open_once(struct decision *decision, struct plan *plan, struct session **ret_session)
{
	const struct policy_login *login = &decision->login.policy;
	struct session_origin origin = {
		.service = login->service, .tty = login->tty, .rhost = login->rhost};

	return session_open(plan, &origin, manager_of(decision),
		decision->began + decision->config.deadline, ret_session, &decision->err);
}

/* Builds the plan of the policy, or, with @quotas_only, of its quotas alone, and carries it out. */
static int plan_and_open(struct decision *decision, bool quotas_only, struct plan **ret_plan,
	struct session **ret_session)
{
	cleanup(plan_freep) struct plan *plan = NULL;
	int r;

	if (quotas_only)
		r = plan_build_quotas(
			&decision->policy, &decision->login.policy, &plan, &decision->err);
	else
		r = plan_build(&decision->policy, &decision->login.policy, &decision->config, &plan,
			&decision->err);
	if (r == 0)
		r = open_once(decision, plan, ret_session);
	if (r < 0)
		return r;
	r = birth_begin(&plan->security, &decision->err);
	if (r < 0)
		session_close(*ret_session, NULL);
	else
		*ret_plan = TAKE_PTR(plan);
	return r;
}

/* Opens the session as the policy says, with quotas alone where on_error allows that. */
static int open_session(pam_handle_t *pamh, int flags, struct decision *decision)
{
	bool allow = decision->policy.setting[POLICY_SESSION_ON_ERROR].value.choice ==
		     POLICY_ON_ERROR_ALLOW;
	cleanup(plan_freep) struct plan *plan = NULL;
	cleanup(ccache_free) struct ccache cache = {0};
	struct carrel_error cache_err = {0};
	struct session *session = NULL;
	int r;

	/* A credential cache that cannot be read keeps nobody out. */
	if (mode_of(decision) == POLICY_MODE_SANDBOX &&
		ccache_read(pamh, decision->login.policy.uid, decision->login.policy.gid, &cache,
			&cache_err) < 0)
		report_notice(pamh, &decision->login, &cache_err);
	r = plan_and_open(decision, false, &plan, &session);
	/* An error that is not marked may be the user's doing, and is never a way out of the
	 * sandbox. */
	if (r < 0 && allow && decision->err.installation &&
		mode_of(decision) == POLICY_MODE_SANDBOX) {
		report_relaxed(pamh, &decision->login, &decision->err);
		r = plan_and_open(decision, true, &plan, &session);
	}
	if (r < 0) {
		report_denied(pamh, flags, &decision->login, &decision->err);
		account_hold(pamh, &decision->login, &decision->policy, manager_of(decision),
			&decision->err);
		return pam_code(r);
	}
	if (ccache_write(&cache, &cache_err) < 0)
		report_notice(pamh, &decision->login, &cache_err);
	if (plan->mode == POLICY_MODE_SANDBOX &&
		tmpdir_ensure(pamh, plan->uid, plan->gid, &cache_err) < 0)
		report_notice(pamh, &decision->login, &cache_err);
	if (pam_set_data(pamh, DATA_SESSION, session, forget_session) != PAM_SUCCESS) {
		birth_end();
		session_close(session, NULL);
		error_set(
			&decision->err, -ENOMEM, "session of user %s", decision->login.policy.user);
		report_denied(pamh, flags, &decision->login, &decision->err);
		return PAM_BUF_ERR;
	}
	environment_set(pamh, plan, session_quota(session));
	report_opened(pamh, flags, &decision->login, plan, session);
	return PAM_SUCCESS;
}

/* Logs what a session would be. */
static int audit_session(pam_handle_t *pamh, struct decision *decision)
{
	cleanup(plan_freep) struct plan *plan = NULL;

	if (plan_build(&decision->policy, &decision->login.policy, &decision->config, &plan,
		    &decision->err) < 0)
		report_error(pamh, "audit", &decision->err);
	else
		report_audit(pamh, &decision->login, plan);
	return PAM_SUCCESS;
}

static int carry_out_mode(pam_handle_t *pamh, int flags, struct decision *decision)
{
	switch (mode_of(decision)) {
	case POLICY_MODE_EXEMPT:
		lift_old_quotas(pamh, decision);
		return PAM_SUCCESS;
	case POLICY_MODE_AUDIT:
		lift_old_quotas(pamh, decision);
		return audit_session(pamh, decision);
	case POLICY_MODE_DENY:
		account_denied(&decision->policy, &decision->err);
		report_denied(pamh, flags, &decision->login, &decision->err);
		return PAM_PERM_DENIED;
	case POLICY_MODE_SANDBOX:
	case POLICY_MODE_GUEST:
	case POLICY_MODE_HOST:
		break;
	}
	return open_session(pamh, flags, decision);
}

/* The work of the entry points is done by functions that are not part of them: the caller's stack
 * may be short until caller_steady() has been called. */
#define APART __attribute__((noinline))

APART static int open_for(pam_handle_t *pamh, int flags, const struct caller *caller)
{
	/* The decision is not on the heap, so that root gets in where there is no memory, too. */
	cleanup(decision_free) struct decision decision = {.began = deadline_in(0)};
	struct carrel_error inside_err = {0};
	const void *before = NULL;
	bool inside = false;
	int r;

	/* su-l includes su: the second call on a handle finds the first one's work. */
	if (pam_get_data(pamh, DATA_SESSION, &before) == PAM_SUCCESS && before)
		return PAM_SUCCESS;
	r = decide_login(pamh, &decision);
	if (r != PAM_SUCCESS) {
		report_denied(pamh, flags, &decision.login, &decision.err);
		return r;
	}
	if (decision.exempt) {
		if (decision.login.policy.uid != 0 && caller->error == 0)
			lift_old_quotas(pamh, &decision);
		return PAM_SUCCESS;
	}
	if (caller->error < 0) {
		error_set(&decision.err, caller->error, "real user of the calling process");
		report_denied(pamh, flags, &decision.login, &decision.err);
		return PAM_SYSTEM_ERR;
	}
	report_problems(pamh, &decision.host_problems);
	report_problems(pamh, &decision.problems);
	if (session_inside(decision.login.policy.uid, &inside, &inside_err) < 0) {
		report_denied(pamh, flags, &decision.login, &inside_err);
		return PAM_SYSTEM_ERR;
	}
	if (inside)
		return PAM_SUCCESS; /* su and sudo stay in their caller's carrel */
	if (decision.err.code != 0 &&
		decision.policy.setting[POLICY_SESSION_ON_ERROR].value.choice !=
			POLICY_ON_ERROR_ALLOW) {
		report_denied(pamh, flags, &decision.login, &decision.err);
		return PAM_SYSTEM_ERR;
	}
	if (decision.unmatched && mode_of(&decision) != POLICY_MODE_DENY)
		report_unmatched(pamh, &decision.login, decision.config.unmatched);
	return carry_out_mode(pamh, flags, &decision);
}

APART static int close_for(pam_handle_t *pamh, bool first_line)
{
	struct carrel_error err = {0};
	const void *data = NULL;

	if (pam_get_data(pamh, DATA_SESSION, &data) != PAM_SUCCESS || !data)
		return PAM_SUCCESS;
	birth_end();
	/* A child of the opener may be in the session, and would end with it before the other
	 * modules have closed. So it goes back to the host's view for them, and the last line ends
	 * the session. */
	if (first_line && session_is_inherited(data)) {
		if (session_step_out((struct session *)data, &err) < 0)
			report_error(pamh, "leaving the session", &err);
		return PAM_SUCCESS;
	}
	if (session_close((struct session *)data, &err) < 0)
		report_error(pamh, "closing the session", &err);
	pam_set_data(pamh, DATA_SESSION, NULL, NULL);
	return PAM_SUCCESS;
}

APART static int admit_for(pam_handle_t *pamh, int flags, const struct caller *caller)
{
	cleanup(decision_free) struct decision decision = {.began = deadline_in(0)};
	int r = decide_login(pamh, &decision);

	if (decision.exempt)
		return PAM_SUCCESS;
	/* For all other logins it is decided when the session opens whether a broken policy lets
	 * anybody in. */
	if (r != PAM_SUCCESS && !account_keeps_connection(&decision.login))
		return PAM_SUCCESS;
	if (r == PAM_SUCCESS)
		r = account_check(pamh, &decision.login, &decision.policy, &decision.err);
	if (r != PAM_SUCCESS) {
		report_problems(pamh, &decision.host_problems);
		report_problems(pamh, &decision.problems);
		report_denied(pamh, flags, &decision.login, &decision.err);
		return r;
	}
	if (caller->error == 0 && (mode_of(&decision) == POLICY_MODE_SANDBOX ||
					  mode_of(&decision) == POLICY_MODE_HOST ||
					  mode_of(&decision) == POLICY_MODE_GUEST))
		session_head_start(decision.login.policy.uid, manager_of(&decision),
			decision.began + decision.config.deadline);
	return PAM_SUCCESS;
}

__attribute__((visibility("default"))) int pam_sm_open_session(
	pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct caller caller;
	int code;

	caller_steady(&caller);
	arguments_check(pamh, true, argc, argv);
	if (arguments_say_close(argc, argv)) {
		/* This is not PAM_SUCCESS: the line must have no say in whether the stack succeeds
		 * (pam.d(5)). */
		code = PAM_IGNORE;
	} else {
		code = open_for(pamh, flags, &caller);
		account_release(pamh);
	}
	caller_release(&caller);
	return code;
}

__attribute__((visibility("default"))) int pam_sm_close_session(
	pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct caller caller;
	int code;

	(void)flags;
	caller_steady(&caller);
	code = close_for(pamh, arguments_say_close(argc, argv));
	caller_release(&caller);
	return code;
}

__attribute__((visibility("default"))) int pam_sm_acct_mgmt(
	pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct caller caller;
	int code;

	caller_steady(&caller);
	arguments_check(pamh, false, argc, argv);
	code = admit_for(pamh, flags, &caller);
	caller_release(&caller);
	return code;
}
