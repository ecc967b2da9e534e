// SPDX-License-Identifier: MIT
/*
 * guest.c - carrel guest: the group of its verbs.
 */
#include "base/machine.h"
#include "verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* By its number alone: there is no account, or none any more. */
static int without_account(const char *number, uid_t uid, struct account *ret_account)
{
	*ret_account = (struct account){.name = strdup(number)};
	if (!ret_account->name)
		return command_error(COMMAND_FAILED, "guest of uid %s: out of memory", number);
	ret_account->login.uid = uid;
	return COMMAND_DONE;
}

/* The caller's own. */
static int own_account(struct account *ret_account)
{
	struct carrel_error err = {0};

	if (getuid() == 0)
		return command_error(COMMAND_USAGE, "guest: root has none; name the user");
	return account_find_uid(getuid(), ret_account, &err) < 0 ? command_failed(&err)
								 : COMMAND_DONE;
}

int guest_account(const char *name, struct account *ret_account)
{
	struct carrel_error err = {0};
	uid_t uid;
	int r;

	if (!name)
		return own_account(ret_account);
	r = account_find(name, ret_account, &err);
	if (r == -ENOENT && account_parse_uid(name, &uid))
		return without_account(name, uid, ret_account);
	if (r < 0)
		return command_failed(&err);
	if (ret_account->login.uid != 0)
		return COMMAND_DONE;
	return command_error(COMMAND_FAILED, "guest of user %s: root has no guest", name);
}

int guest_check_owner(const struct guest_view *view)
{
	if (!view->alive || view->ownership != GUEST_OF_ANOTHER)
		return COMMAND_DONE;
	return command_error(COMMAND_REFUSED,
		"guest of user %s: it was started for %s; ask an administrator to stop it",
		view->user, view->owner);
}

int guest_refuse_control(const struct account *account)
{
	bool own = geteuid() == account->login.uid;

	return command_error(COMMAND_REFUSED, "guest of user %s: %s start and stop guests%s",
		account->name,
		machine_runs_systemd() ? "only root and members of the group carrel-admin may"
				       : "there is no systemd on this host, and so only root may",
		own ? "; your next login starts yours, and carrel guest ssh -- sudo poweroff ends it"
		    : "");
}

const struct command_verb verb_guest = {
	.name = "guest",
	.operands = "VERB",
	.summary = "virtual machines of users: start, stop, look, enter",
	.verbs = verbs,
};
