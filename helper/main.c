// SPDX-License-Identifier: MIT
/*
 * main.c - the carrel command: it has the table of verbs, and finds the way from argv to one of
 * them.
 */
#include "helper/cli/command.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct command_verb *const command_verbs[] = {
	&verb_setup,
	&verb_check,
	&verb_explain,
	&verb_doctor,
	&verb_status,
	&verb_quota,
	&verb_ps,
	&verb_kill,
	&verb_wall,
	&verb_gc,
	&verb_guest,
	&verb_template,
	&verb_image,
	&verb_help,
	&verb_version,
	&verb_condition,
	&verb_shutdown_warning,
	NULL,
};

const struct command_verb *command_find(const char *name)
{
	for (size_t i = 0; command_verbs[i]; i++)
		if (strcmp(command_verbs[i]->name, name) == 0)
			return command_verbs[i];
	return NULL;
}

/* Flushes the output. Output that did not reach its reader (a full disk, a closed pipe) is a
 * failure to report. */
static int flush_output(int code)
{
	if ((fflush(stdout) == EOF || ferror(stdout)) && code == COMMAND_DONE)
		return command_error(COMMAND_FAILED, "standard output: cannot be written");
	return code;
}

static int dispatch_verb(int argc, char **argv)
{
	const struct command_verb *verb;
	const char *name;

	if (argc < 2) {
		fprintf(stderr, "carrel: no verb given; `carrel --help` lists them\n");
		return COMMAND_USAGE;
	}
	name = argv[1];
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	else if (strcmp(name, "--version") == 0)
		name = "version";
	verb = command_find(name);
	if (!verb)
		return command_unknown(name);
	return command_run(verb, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	/* The command may have been started with 0, 1 or 2 closed. Then the next file opened would
	 * take the number, and messages would end up in it. */
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
			return COMMAND_FAILED;
	return flush_output(dispatch_verb(argc, argv));
}
