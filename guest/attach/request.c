// SPDX-License-Identifier: MIT
#include "attach.h"
#include "plan/guest.h"

#include <string.h>
#include <unistd.h>

/* Returns whether the first word of @command is the program @name, in whatever folder. */
static bool runs_program(const char *command, const char *name)
{
	size_t length = strcspn(command, " \t");
	const char *word = command;

	for (const char *p = command; p < command + length; p++)
		if (*p == '/')
			word = p + 1;
	length -= (size_t)(word - command);
	return length == strlen(name) && strncmp(word, name, length) == 0;
}

/* Returns whether @argument is "-c", alone or behind other letters ("-lc"). */
static bool is_command_flag(const char *argument)
{
	size_t length = strlen(argument);

	return length >= 2 && argument[0] == '-' && argument[1] != '-' &&
	       argument[length - 1] == 'c';
}

int attach_parse(char *const argv[], const char *forced, struct attach_request *ret_request)
{
	struct attach_request request = {
		.kind = ATTACH_SHELL,
		.terminal = isatty(STDIN_FILENO),
	};

	for (char *const *argument = argv[0] ? argv + 1 : argv; *argument; argument++) {
		if (is_command_flag(*argument)) {
			request.command = argument[1];
			if (!request.command)
				return -1;
			break; /* $0 and so on may follow */
		}
		if (**argument != '-')
			return -1; /* a script on the host */
	}
	if (request.command && runs_program(request.command, "guest-attach"))
		request.command = forced;
	/* The path of the sftp server in the host's sshd_config means nothing in the guest. */
	if (request.command && (runs_program(request.command, "internal-sftp") ||
				       runs_program(request.command, "sftp-server")))
		request.kind = ATTACH_SFTP;
	else if (request.command)
		request.kind = ATTACH_COMMAND;
	*ret_request = request;
	return 0;
}
