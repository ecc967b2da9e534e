// SPDX-License-Identifier: MIT
/*
 * condition.c - carrel condition user-manager UID: may the systemd manager of a user run?
 *
 * ExecCondition= of user@.service asks this (packaging/systemd/user@.service.d). By
 * systemd.service(5) exit code 0 lets the unit start, and 1 to 254 skip it without counting as a
 * failure. The command fails closed: whatever goes wrong means that the manager must not run,
 * except for root and for admins, who depend on no policy.
 */
#include "helper/cli/command.h"
#include "helper/cli/output.h"
#include "policy/account.h"
#include "policy/policy.h"

#include <errno.h>
#include <string.h>

enum { OPTION_POLICY_DIR, OPTION_HOST_FILE };
enum { MAY_RUN = 0, MUST_NOT_RUN = 1 };

/* Says why on stderr, which goes to the journal for ExecCondition=. */
static int must_not_run(const char *user, const char *why)
{
	return command_error(MUST_NOT_RUN, "user manager of %s: not started: %s", user, why);
}

static int decide_user_manager(const struct command_input *input, struct account *account)
{
	const char *dir = input->option[OPTION_POLICY_DIR];
	const char *host = input->option[OPTION_HOST_FILE];
	struct carrel_error err = {0};
	char text[2 * CARREL_ERROR_TEXT_MAX + 16];
	struct policy_problems problems = {0};
	struct host_config config;
	enum host_unmatched unmatched;
	bool exempt, hidden = true;
	int r;

	/* A carrel.ini that is refused counts as its defaults, so that the usual admins get in. */
	r = host_config_load(host ? host : POLICY_HOST_INI, &config, &problems, &err);
	output_problems(&problems);
	policy_problems_free(&problems);
	exempt = account_exemption(&config, &account->login)[0] != '\0';
	unmatched = config.unmatched;
	host_config_free(&config);
	if (exempt)
		return MAY_RUN;
	if (r < 0)
		return must_not_run(account->name, "carrel.ini is refused");
	r = policy_user_manager_hidden(
		dir ? dir : POLICY_DIR, &account->login, unmatched, &hidden, &err);
	if (r < 0)
		return must_not_run(account->name, error_format(&err, text, sizeof(text)));
	if (hidden)
		return must_not_run(account->name,
			"the policies hide it ([mounts] user_manager); see carrel explain");
	return MAY_RUN;
}

static int run_condition(const struct command_input *input)
{
	struct carrel_error err = {0};
	struct account account;
	uid_t uid;
	int r;

	if (strcmp(input->operand[0], "user-manager") != 0)
		return command_error(
			COMMAND_USAGE, "condition %s: not a condition", input->operand[0]);
	/* This is how systemd reads User=%i: as a number first. A user whose name is another's uid
	 * must not answer for them. */
	if (account_parse_uid(input->operand[1], &uid)) {
		/* Root depends on no look-up. */
		if (uid == 0)
			return MAY_RUN;
		r = account_find_uid(uid, &account, &err);
	} else {
		r = account_find(input->operand[1], &account, &err);
	}
	if (r < 0) {
		command_failed(&err);
		return MUST_NOT_RUN;
	}
	r = decide_user_manager(input, &account);
	account_free(&account);
	return r;
}

const struct command_verb verb_condition = {
	.name = "condition",
	.operands = "user-manager UID",
	.summary = "for user@.service: exit code 0 if the manager of UID may run, else 1",
	.min_operands = 2,
	.max_operands = 2,
	.hidden = true,
	.options =
		{
			[OPTION_POLICY_DIR] = {"policy-dir", "DIR", "instead of " POLICY_DIR},
			[OPTION_HOST_FILE] = {"host-file", "FILE", "instead of " POLICY_HOST_INI},
		},
	.run = run_condition,
};
