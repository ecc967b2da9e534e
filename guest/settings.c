// SPDX-License-Identifier: MIT
#include "settings.h"
#include "base/cleanup.h"
#include "base/exit.h"
#include "plan/builders.h"
#include "plan/manager.h"

#include <string.h>

static int set_exit(int *ret_exit, int code, int r)
{
	*ret_exit = code;
	return r;
}

/* The first problem stands for all: carrel check names the others. */
static int refuse_invalid(
	const struct policy_problems *problems, int *ret_exit, struct carrel_error *err)
{
	char text[CARREL_ERROR_TEXT_MAX];

	error_set(
		err, -EINVAL, "%s", policy_problem_format(&problems->item[0], text, sizeof(text)));
	error_why(err, "`carrel check` says more");
	return set_exit(ret_exit, COMMAND_INVALID, -EINVAL);
}

static int load_config(struct guest_settings *settings, int *ret_exit, struct carrel_error *err)
{
	cleanup(policy_problems_free) struct policy_problems problems = {0};
	int r = host_config_load(POLICY_HOST_INI, &settings->config, &problems, err);

	settings->manager = manager_kind(settings->config.cgroup_manager);
	if (r < 0 && problems.count > 0)
		return refuse_invalid(&problems, ret_exit, err);
	return r;
}

static int build_limits(
	const struct policy *policy, struct guest_settings *settings, struct carrel_error *err)
{
	/* It is the part of a login's plan that concerns the user as a whole. */
	struct plan plan = {.user = settings->account.name, .uid = settings->account.login.uid};
	int r = plan_build_limits(policy, &plan, err);

	settings->limits = plan.limits;
	return r;
}

/* Decides whether the policy leaves the user a guest. Returns 0, or -errno with the reason in
 * @err. */
static int check_entitled(const struct policy *policy, const struct account *account, int *ret_exit,
	struct carrel_error *err)
{
	if (policy->setting[POLICY_SESSION_MODE].value.choice == POLICY_MODE_DENY) {
		error_set(err, -EPERM, "guest of user %s", account->name);
		error_why(err, "the policies deny this user (mode = deny)");
		return set_exit(ret_exit, COMMAND_REFUSED, -EPERM);
	}
	if (!policy->setting[POLICY_GUEST_TEMPLATE].set) {
		error_set(err, -ENOENT, "guest of user %s", account->name);
		error_why(err, "no policy gives this user a template ([guest] template)");
		return set_exit(ret_exit, COMMAND_FAILED, -ENOENT);
	}
	return 0;
}

static int load_user_policy(struct guest_settings *settings, struct policy *policy, int *ret_exit,
	struct carrel_error *err)
{
	cleanup(policy_problems_free) struct policy_problems problems = {0};
	int r = load_config(settings, ret_exit, err);

	if (r == 0)
		settings->quotas =
			account_exemption(&settings->config, &settings->account.login)[0] == '\0';
	if (r == 0)
		r = policy_load(POLICY_DIR, &settings->account.login, policy, &problems, err);
	/* A file that was refused might have been meant for this user. */
	if (r == 0 && problems.count > 0)
		return refuse_invalid(&problems, ret_exit, err);
	return r;
}

int guest_settings_entitled(struct guest_settings *settings, struct carrel_error *err)
{
	cleanup(policy_free) struct policy policy = {0};
	int code, r = load_user_policy(settings, &policy, &code, err);

	if (r < 0)
		return r;
	return check_entitled(&policy, &settings->account, &code, err) == 0;
}

int guest_settings_load(struct guest_settings *settings, int *ret_exit, struct carrel_error *err)
{
	cleanup(policy_free) struct policy policy = {0};
	int mode, r;

	*ret_exit = COMMAND_FAILED;
	r = load_user_policy(settings, &policy, ret_exit, err);
	if (r == 0)
		r = check_entitled(&policy, &settings->account, ret_exit, err);
	if (r < 0)
		return r;
	mode = policy.setting[POLICY_SESSION_MODE].value.choice;
	settings->quotas &= mode != POLICY_MODE_EXEMPT && mode != POLICY_MODE_AUDIT;
	if (settings->quotas)
		r = build_limits(&policy, settings, err);
	if (r < 0)
		return r;
	r = template_load(TEMPLATE_DIR, policy.setting[POLICY_GUEST_TEMPLATE].text,
		&settings->template, NULL, err);
	return r == -EINVAL ? set_exit(ret_exit, COMMAND_INVALID, r) : r;
}

void guest_settings_free(struct guest_settings *settings)
{
	account_free(&settings->account);
	host_config_free(&settings->config);
	template_free(&settings->template);
	cgroup_limits_free(&settings->limits);
}
