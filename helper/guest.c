// SPDX-License-Identifier: MIT
/*
 * guest.c - carrel guest: the group of its verbs.
 */
#include "guest_verbs.h"

static const struct command_verb *const verbs[] = {
	&verb_guest_start,
	&verb_guest_stop,
	&verb_guest_restart,
	&verb_guest_list,
	&verb_guest_status,
	&verb_guest_console,
	&verb_guest_ssh,
	&verb_guest_destroy,
	NULL,
};

int guest_account(const char *name, struct account *ret_account)
{
	struct carrel_error err = {0};

	if (account_find(name, ret_account, &err) < 0)
		return command_failed(&err);
	if (ret_account->login.uid != 0)
		return COMMAND_DONE;
	return command_error(COMMAND_FAILED, "guest of user %s: root has no guest", name);
}

const struct command_verb verb_guest = {
	.name = "guest",
	.operands = "VERB",
	.summary = "virtual machines of users: start, stop, look, enter",
	.verbs = verbs,
};
