// SPDX-License-Identifier: MIT
// what: every ssh into a guest knows the guest by its own key alone, shows it one key, and asks nobody anything
// needs: ssh
// tier: fast
// deadline: 30s
#include "../../guest/ssh.h"
#include "base/cleanup.h"
#include "base/program.h"
#include "expect.h"
#include "plan/guest.h"

#include <stdio.h>
#include <string.h>

enum { ASK_USEC = 10000000 };

/* Asks ssh itself what it takes from the options of @call (-G of ssh(1)). Returns "\nname
 * value\n…", which the caller frees, or NULL. */
static char *ask_ssh(const struct ssh_call *call)
{
	static const char *const rest[] = {"-G", "--", GUEST_HOST_NAME, NULL};
	cleanup(words_free) struct words argv = {0};
	cleanup_free char *said = NULL;
	struct program ssh = {.path = GUEST_SSH};
	char *text = NULL;
	int status = 0;

	guest_ssh_words(&argv, call);
	words_add_all(&argv, rest);
	ssh.argv = (const char *const *)argv.word;
	if (argv.failed || program_capture(&ssh, deadline_in(ASK_USEC), &said, &status) < 0 ||
		status != 0 || asprintf(&text, "\n%s", said) < 0) {
		expect_failed("ssh -G: %d %s", status, said ? said : "");
		return NULL;
	}
	return text;
}

static void expect_option(const char *caller, const char *text, const char *line)
{
	char whole[128];

	snprintf(whole, sizeof(whole), "\n%s\n", line);
	if (!strstr(text, whole))
		expect_failed("%s: not \"%s\"", caller, line);
}

static void expect_strict(const char *name, const struct ssh_call *call)
{
	static const char *const lines[] = {"batchmode yes", "identitiesonly yes",
		"stricthostkeychecking true", "globalknownhostsfile none", "updatehostkeys false",
		("hostkeyalias " GUEST_HOST_NAME), "controlmaster false", "permitlocalcommand no",
		"forwardx11 no", "clearallforwardings yes", "preferredauthentications publickey",
		"identityfile /key", "userknownhostsfile /hosts", "user alice"};
	cleanup_free char *text = ask_ssh(call);

	for (size_t i = 0; text && i < sizeof(lines) / sizeof(lines[0]); i++)
		expect_option(name, text, lines[i]);
	if (text && strstr(text, "\ncontrolpath /"))
		expect_failed("%s: a connection of somebody else's", name);
}

int main(void)
{
	struct ssh_call call = {
		.key = "/key", .known_hosts = "/hosts", .proxy = "connect", .user = "alice"};

	call.caller = SSH_LOGIN;
	expect_strict("a login", &call);
	call.caller = SSH_ADMIN;
	expect_strict("carrel guest ssh", &call);
	call.caller = SSH_PROBE;
	expect_strict("the prober", &call);
	return expect_result();
}
