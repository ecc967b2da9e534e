// SPDX-License-Identifier: MIT
/*
 * kill.c - carrel kill: ends sessions and all that runs in them.
 */
#include "helper/cli/command.h"
#include "helper/guest/verbs.h"
#include "policy/account.h"
#include "session/ending.h"
#include "session/inventory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_SELF, OPTION_GUEST };
enum { PATIENCE_USEC = 15 * 1000 * 1000 };

static int report_ended(size_t ended, const char *none)
{
	if (ended == 0)
		printf("%s\n", none);
	else
		printf("%zu session%s ended.\n", ended, ended == 1 ? "" : "s");
	return COMMAND_DONE;
}

static int kill_self(void)
{
	struct carrel_error err = {0};
	size_t ended = 0;
	int r = session_end_others(getuid(), deadline_in(PATIENCE_USEC), &ended, &err);

	if (r < 0)
		return command_failed(&err);
	return report_ended(ended, "You have no other session.");
}

/* Finds the uid in a session's id, "1001-3". Returns false where @text is no id. */
static bool is_session(const char *text, uid_t *ret_uid)
{
	char digits[16];
	size_t length = strcspn(text, "-");

	if (!record_is_id(text) || length >= sizeof(digits))
		return false;
	memcpy(digits, text, length);
	digits[length] = '\0';
	return account_parse_uid(digits, ret_uid);
}

static int find_uid(const char *text, uid_t *ret_uid, struct carrel_error *err)
{
	struct account account;
	int r = account_find(text, &account, err);

	if (r < 0)
		return r;
	*ret_uid = account.login.uid;
	account_free(&account);
	return 0;
}

/* Returns whether the session is to be ended: the one with @id, or without one all of the user's.
 * Those that share a sandbox end with it. */
static bool is_meant(const struct session_record *record, const char *id)
{
	if (id)
		return strcmp(record->id, id) == 0;
	return record->sandbox[0] == '\0' || record_is_sandbox(record);
}

/* Ends the user's guest if that is @wanted, and otherwise says that it keeps running. A guest has
 * an sshd of its own: a user who has a key there needs no session here. */
static int end_guest(const char *name, bool wanted)
{
	struct account account = {0};
	struct carrel_error err = {0};
	struct guest_view view;
	int code = COMMAND_DONE;

	if (account_find(name, &account, &err) < 0 ||
		guest_view(account.login.uid, account.name, &view, &err) < 0)
		code = command_failed(&err);
	else if (view.alive && wanted)
		code = guest_stop_running(&account);
	else if (view.alive)
		code = command_error(COMMAND_DONE,
			"the guest of %s keeps running; carrel kill --guest %s ends it as well",
			account.name, account.name);
	account_free(&account);
	return code;
}

static int kill_named(const char *name, bool guest)
{
	deadline_t deadline = deadline_in(PATIENCE_USEC);
	struct inventory inventory = {0};
	struct carrel_error err = {0};
	size_t ended = 0;
	uid_t uid = 0;
	bool one = is_session(name, &uid);
	int r = one ? 0 : find_uid(name, &uid, &err);

	if (r == 0)
		r = inventory_load(uid, &inventory, &err);
	for (size_t i = 0; i < inventory.count; i++) {
		const struct inventory_session *session = &inventory.session[i];
		int ending;

		if (!session->alive || !is_meant(&session->record, one ? name : NULL))
			continue;
		ending = session_end(&session->record, deadline, r < 0 ? NULL : &err);
		if (ending == -ESRCH)
			continue;
		r = r < 0 ? r : ending;
		ended += ending == 0 ? inventory_logins(&inventory, &session->record) : 0;
	}
	inventory_free(&inventory);
	if (r < 0)
		return command_failed(&err);
	if (one && ended == 0)
		return command_error(COMMAND_FAILED, "session %s: there is none", name);
	(void)report_ended(ended, "No sessions.");
	return one ? COMMAND_DONE : end_guest(name, guest);
}

static int run_kill(const struct command_input *input)
{
	uid_t uid;

	if ((input->n_operands > 0) == (input->option[OPTION_SELF] != NULL))
		return command_error(
			COMMAND_USAGE, "kill: say whose sessions: a USER, a SESSION, or --self");
	if (input->option[OPTION_GUEST] &&
		(input->option[OPTION_SELF] || is_session(input->operand[0], &uid)))
		return command_error(COMMAND_USAGE, "kill: --guest goes with a USER");
	if (input->option[OPTION_SELF])
		return kill_self();
	if (geteuid() != 0)
		return command_error(COMMAND_REFUSED,
			"kill %s: needs root; carrel kill --self ends your own other sessions",
			input->operand[0]);
	return kill_named(input->operand[0], input->option[OPTION_GUEST]);
}

const struct command_verb verb_kill = {
	.name = "kill",
	.operands = "[USER | SESSION]",
	.summary = "end a user's sessions, one session, or your own others",
	.details = "Everything that runs in them is killed. SESSION is an id that carrel status "
		   "shows,\n"
		   "1001-3.\n",
	.max_operands = 1,
	.options = {[OPTION_SELF] = {"self", NULL, "your own sessions, but for this one"},
		[OPTION_GUEST] = {"guest", NULL, "the user's guest as well, shut down"}},
	.run = run_kill,
};
