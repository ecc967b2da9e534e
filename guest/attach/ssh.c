// SPDX-License-Identifier: MIT
#include "attach.h"
#include "plan/guest.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

enum { WORDS_MAX = 96, VARIABLES_MAX = 64 };

/* Each becomes "-o OPTION". */
static const char *const options[] = {
	"BatchMode=yes",
	/* This rules out all others. They are not named: an ssh without GSSAPI complains of its
	 * options. */
	"PreferredAuthentications=publickey",
	"IdentitiesOnly=yes",
	"StrictHostKeyChecking=yes",
	"GlobalKnownHostsFile=none",
	"UpdateHostKeys=no",
	"HostKeyAlias=" GUEST_HOST_NAME,
	/* ssh runs it by $SHELL, which is GUEST_CONNECTOR and does one thing, whatever it is
	 * told. */
	"ProxyCommand=connect",
	"ProxyUseFdpass=yes",
	"ControlMaster=no",
	"ControlPath=none",
	"PermitLocalCommand=no",
	"ForwardX11=no",
	"ClearAllForwardings=yes",
	"LogLevel=ERROR",
	"SendEnv=LANG LC_*",
	/* The client's ssh obscures keystrokes as far as a network is involved. Older ones do not
	 * know the option. */
	"IgnoreUnknown=ObscureKeystrokeTiming",
	"ObscureKeystrokeTiming=no",
	/* This tells a guest that hangs from one that is slow. */
	"ConnectTimeout=120",
	"ServerAliveInterval=30",
	"ServerAliveCountMax=4",
};

struct attach_words {
	char *word[WORDS_MAX + 1];
	size_t count;
	bool failed;
};

static void add_attach_word(struct attach_words *words, const char *prefix, const char *text)
{
	size_t size = strlen(prefix) + strlen(text) + 1;
	char *word = words->count < WORDS_MAX ? malloc(size) : NULL;

	if (!word) {
		words->failed = true;
		return;
	}
	snprintf(word, size, "%s%s", prefix, text);
	words->word[words->count++] = word;
}

static void add_option(struct attach_words *words, const char *prefix, const char *text)
{
	add_attach_word(words, "-o", "");
	add_attach_word(words, prefix, text);
}

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
	struct attach_words *environment, const struct attach_account *account, const char *agent)
{
	for (char **variable = environ; *variable && environment->count < VARIABLES_MAX; variable++)
		if (is_users(*variable))
			add_attach_word(environment, "", *variable);
	add_attach_word(environment, "SHELL=", GUEST_CONNECTOR);
	add_attach_word(environment, "PATH=", "/usr/bin:/bin");
	add_attach_word(environment, "HOME=", account->home);
	add_attach_word(environment, "USER=", account->user);
	add_attach_word(environment, "LOGNAME=", account->user);
	if (agent)
		add_attach_word(environment, "SSH_AUTH_SOCK=", agent);
}

static void fill_arguments(struct attach_words *arguments, const char *folder,
	const struct attach_account *account, const struct attach_request *request,
	const char *agent)
{
	struct guest_record record;
	char path[256];

	add_attach_word(arguments, "", "ssh");
	add_attach_word(arguments, "-Fnone", "");
	add_attach_word(arguments, "-enone", "");
	add_attach_word(
		arguments, request->terminal && request->kind != ATTACH_SFTP ? "-t" : "-T", "");
	if (request->kind == ATTACH_SFTP)
		add_attach_word(arguments, "-s", "");
	if (request->kind == ATTACH_PORT) {
		add_attach_word(arguments, "-W", "");
		snprintf(path, sizeof(path), "localhost:%u", request->port);
		add_attach_word(arguments, "", path);
	}
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		add_option(arguments, "", options[i]);
	/* IdentitiesOnly keeps ssh from using the agent's keys; IdentityAgent=none would keep them
	 * from the guest, too. */
	add_option(arguments, "ForwardAgent=", agent ? "yes" : "no");
	if (!agent)
		add_option(arguments, "IdentityAgent=", "none");
	snprintf(path, sizeof(path), "%s/" GUEST_KEY, folder);
	add_option(arguments, "IdentityFile=", path);
	snprintf(path, sizeof(path), "%s/" GUEST_KNOWN_HOSTS, folder);
	add_option(arguments, "UserKnownHostsFile=", path);
	add_attach_word(arguments, "-l", "");
	attach_record(folder, &record);
	add_attach_word(arguments, "", record.user[0] ? record.user : account->user);
	add_attach_word(arguments, "--", "");
	add_attach_word(arguments, "", GUEST_HOST_NAME);
	if (request->kind == ATTACH_SFTP)
		add_attach_word(arguments, "", "sftp");
	if (request->kind == ATTACH_COMMAND)
		add_attach_word(arguments, "", request->command);
}

void attach_exec(const char *folder, const struct attach_account *account,
	const struct attach_request *request)
{
	static struct attach_words arguments, environment;
	const char *agent = agent_of(account, request);

	fill_arguments(&arguments, folder, account, request, agent);
	fill_environment(&environment, account, agent);
	/* ssh waits for its ProxyCommand, whatever the caller has ignored. */
	signal(SIGCHLD, SIG_DFL);
	if (!arguments.failed && !environment.failed)
		execve(GUEST_SSH, arguments.word, environment.word);
}
