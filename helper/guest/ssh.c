// SPDX-License-Identifier: MIT
/*
 * ssh.c - carrel guest ssh: a login into a guest, as its user, with the guest's own key.
 */
#include "guest/ssh.h"
#include "base/cleanup.h"
#include "guest/call_filter.h"
#include "guest/privileges.h"
#include "plan/guest.h"
#include "verbs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * The server is what the guest's root makes it, and that is the user: what they get hold of is not
 * to be root, here. Nor is it to be within reach of the user's processes, since it has root's
 * terminal: who is not in its group may not trace it (ptrace(2)). Nor is what it becomes to type
 * into that terminal, for root's shell to read: kernels before 6.2 let whoever has it do so, and
 * later ones by dev.tty.legacy_tiocsti.
 */
static int leave_root(const struct guest_view *view)
{
	const char *step;
	int r;

	if (geteuid() != 0)
		return COMMAND_DONE;
	r = drop_to_user(view->uid, 0, &step);
	if (r == 0) {
		step = "filter of system calls";
		r = call_filter_typing();
	}
	if (r < 0)
		return command_error(
			COMMAND_FAILED, "%s of user %s: %s", step, view->user, strerror(-r));
	return COMMAND_DONE;
}

/* What it takes to say things in a terminal. The proxy command is run by $SHELL. */
static void fill_environment_for_ssh(struct words *environment)
{
	static const char *const names[] = {"TERM", "LANG", "LC_ALL", "LC_CTYPE", "LC_MESSAGES"};

	words_add(environment, "SHELL=/bin/sh");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = secure_getenv(names[i]);

		if (value)
			words_add(environment, "%s=%s", names[i], value);
	}
}

/* Returns only if it fails. */
static int ssh_to_guest(const struct guest_view *view, char **command)
{
	cleanup(words_free) struct words arguments = {0};
	cleanup(words_free) struct words environment = {0};
	char key[96], known_hosts[96], proxy[128];
	const struct ssh_call call = {.caller = SSH_ADMIN,
		.key = key,
		.known_hosts = known_hosts,
		.proxy = proxy,
		.user = view->record.user[0] ? view->record.user : view->user};
	unsigned uid = (unsigned)view->uid;
	int code;

	snprintf(key, sizeof(key), GUEST_RUN_DIR "/%u/" GUEST_KEY, uid);
	snprintf(known_hosts, sizeof(known_hosts), GUEST_RUN_DIR "/%u/" GUEST_KNOWN_HOSTS, uid);
	snprintf(proxy, sizeof(proxy), GUEST_LAUNCH " --ask %u", uid);
	guest_ssh_words(&arguments, &call);
	words_add(&arguments, "--");
	words_add(&arguments, GUEST_HOST_NAME);
	words_add_all(&arguments, (const char *const *)command);
	fill_environment_for_ssh(&environment);
	if (arguments.failed || environment.failed)
		return command_error(COMMAND_FAILED, "guest ssh: out of memory");
	code = leave_root(view);
	if (code != COMMAND_DONE)
		return code;
	execve(GUEST_SSH, arguments.word, environment.word);
	return command_error(COMMAND_FAILED, "%s: %s", GUEST_SSH, strerror(errno));
}

static int run_ssh(const struct command_input *input)
{
	bool own = !input->operand[0] || strcmp(input->operand[0], "--") == 0;
	char **command = input->operand + !own;
	struct account account = {0};
	struct carrel_error err = {0};
	struct guest_view view;
	int code = guest_account(own ? NULL : input->operand[0], &account);

	if (code == COMMAND_DONE && geteuid() != 0 && geteuid() != account.login.uid)
		code = command_error(COMMAND_REFUSED,
			"guest ssh: the key of %s's guest is theirs and root's; try sudo carrel "
			"guest ssh %s",
			account.name, account.name);
	if (code == COMMAND_DONE && guest_view(account.login.uid, account.name, &view, &err) < 0)
		code = command_failed(&err);
	account_free(&account);
	if (code != COMMAND_DONE)
		return code;
	code = geteuid() == 0 ? COMMAND_DONE : guest_check_owner(&view);
	if (code != COMMAND_DONE)
		return code;
	if (!view.alive || strcmp(view.record.state, "ready") != 0)
		return command_error(COMMAND_FAILED,
			"guest of user %s: it is not ready (%s); see carrel guest status%s%s",
			view.user, view.alive ? view.record.phase : "it does not run",
			own ? "" : " ", own ? "" : view.user);
	if (*command && strcmp(*command, "--") == 0)
		command++;
	return ssh_to_guest(&view, command);
}

const struct command_verb verb_guest_ssh = {
	.name = "guest ssh",
	.operands = "[USER] [--] [COMMAND...]",
	.summary = "log in to the guest of a user, or your own, or run a command there",
	.details = "As that user, who has it too. Exits as ssh does: with what the command exits "
		   "with.\n"
		   "carrel guest ssh -- COMMAND runs it in your own.\n",
	.min_operands = 0,
	.max_operands = COMMAND_OPERANDS_ANY,
	.words = true,
	.run = run_ssh,
};
