// SPDX-License-Identifier: MIT
/*
 * version.c - carrel version: prints the version.
 */
#include "config.h"
#include "helper/cli/command.h"

#include <stdio.h>

static int run_version(const struct command_input *input)
{
	(void)input;
	printf("carrel %s\n", CARREL_VERSION);
	return COMMAND_DONE;
}

const struct command_verb verb_version = {
	.name = "version",
	.operands = "",
	.summary = "the version of carrel",
	.run = run_version,
};
