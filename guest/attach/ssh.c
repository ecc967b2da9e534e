// SPDX-License-Identifier: MIT
#include "guest/ssh.h"
#include "attach.h"
#include "plan/guest.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

/* Returns the socket of the login's agent, or NULL. Where the policy allows an agent, sshd has a
 * place to make one, and only there: /tmp or, since OpenSSH 10.1, below the home
 * (lib/plan/guest.c). */
static const char *agent_of(
	const struct attach_account *account, const struct attach_request *request)
{
	const char *path = getenv("SSH_AUTH_SOCK");
	size_t home = strlen(account->home);

	if (!path || (request->kind != ATTACH_SHELL && request->kind != ATTACH_COMMAND))
		return NULL;
	if (strncmp(path, "/tmp/", strlen("/tmp/")) == 0)
		return path;
	if (strncmp(path, account->home, home) != 0)
		return NULL;
	/* sshd has the home as the account has it, with or without a slash at its end. */
	return strncmp(path + home + strspn(path + home, "/"), GUEST_AGENT_DIR "/",
		       strlen(GUEST_AGENT_DIR "/")) == 0
		       ? path
		       : NULL;
}

/* Returns whether ssh may have @variable: the kind of the terminal, and the locale unless it has a
 * slash. That would be a file, which ssh would load. */
static bool is_users(const char *variable)
{
	if (strncmp(variable, "TERM=", 5) == 0)
		return true;
	return (strncmp(variable, "LANG=", 5) == 0 || strncmp(variable, "LC_", 3) == 0) &&
	       !strchr(variable, '/');
}

static void fill_environment(
	struct words *environment, const struct attach_account *account, const char *agent)
{
	for (char **variable = environ; *variable; variable++)
		if (is_users(*variable))
			words_add(environment, "%s", *variable);
	words_add(environment, "SHELL=%s", GUEST_CONNECTOR);
	words_add(environment, "PATH=/usr/bin:/bin");
	words_add(environment, "HOME=%s", account->home);
	words_add(environment, "USER=%s", account->user);
	words_add(environment, "LOGNAME=%s", account->user);
	if (agent)
		words_add(environment, "SSH_AUTH_SOCK=%s", agent);
}

static void fill_arguments(struct words *arguments, const char *folder,
	const struct attach_account *account, const struct attach_request *request,
	const char *agent)
{
	char key[256], known_hosts[256], user[64];
	/* ssh runs its ProxyCommand by $SHELL, which is GUEST_CONNECTOR and does one thing,
	 * whatever it is told. */
	struct ssh_call call = {.caller = SSH_LOGIN,
		.key = key,
		.known_hosts = known_hosts,
		.proxy = "connect",
		.user = account->user};

	snprintf(key, sizeof(key), "%s/" GUEST_KEY, folder);
	snprintf(known_hosts, sizeof(known_hosts), "%s/" GUEST_KNOWN_HOSTS, folder);
	if (attach_state(folder, "user", user, sizeof(user))[0])
		call.user = user;
	guest_ssh_words(arguments, &call);
	words_add(arguments, "-enone");
	words_add(arguments, request->terminal && request->kind != ATTACH_SFTP ? "-t" : "-T");
	if (request->kind == ATTACH_SFTP)
		words_add(arguments, "-s");
	if (request->kind == ATTACH_PORT)
		words_add(arguments, "-Wlocalhost:%u", request->port);
	/* IdentitiesOnly keeps ssh from using the agent's keys; IdentityAgent=none would keep them
	 * from the guest, too. */
	words_add(arguments, "-oForwardAgent=%s", agent ? "yes" : "no");
	if (!agent)
		words_add(arguments, "-oIdentityAgent=none");
	words_add(arguments, "--");
	words_add(arguments, GUEST_HOST_NAME);
	if (request->kind == ATTACH_SFTP)
		words_add(arguments, "sftp");
	if (request->kind == ATTACH_COMMAND)
		words_add(arguments, "%s", request->command);
}

void attach_exec(const char *folder, const struct attach_account *account,
	const struct attach_request *request)
{
	struct words arguments = {0}, environment = {0};
	const char *agent = agent_of(account, request);

	fill_arguments(&arguments, folder, account, request, agent);
	fill_environment(&environment, account, agent);
	/* ssh waits for its ProxyCommand, whatever the caller has ignored. */
	signal(SIGCHLD, SIG_DFL);
	if (!arguments.failed && !environment.failed)
		execve(GUEST_SSH, arguments.word, environment.word);
	words_free(&arguments);
	words_free(&environment);
}
