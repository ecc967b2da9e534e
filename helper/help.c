// SPDX-License-Identifier: MIT
/*
 * help.c - carrel help: shows the verbs, one of them, or the keys out of their tables.
 */
#include "helper/cli/command.h"
#include "helper/cli/help_keys.h"

#include <string.h>

static int run_help(const struct command_input *input)
{
	const char *table = input->n_operands == 2 ? input->operand[1] : "policies";
	const struct command_verb *verb;

	if (input->n_operands == 0) {
		command_print_overview();
		return COMMAND_DONE;
	}
	if (strcmp(input->operand[0], "keys") == 0)
		return help_print_keys(table);
	if (strcmp(input->operand[0], "keys-roff") == 0)
		return help_print_keys_roff(table);
	verb = command_find(input->operand[0]);
	if (!verb)
		return command_unknown(input->operand[0]);
	if (input->n_operands == 2) {
		const struct command_verb *group = verb;

		if (!group->verbs)
			return command_error(
				COMMAND_USAGE, "help %s: has no verbs of its own", group->name);
		verb = command_find_in(group, input->operand[1]);
		if (!verb)
			return command_unknown_in(group, input->operand[1]);
	}
	command_print_help(verb);
	return COMMAND_DONE;
}

const struct command_verb verb_help = {
	.name = "help",
	.operands = "[VERB... | keys [templates | recipes]]",
	.summary = "this text, that of a verb, or the keys of policies and templates",
	.max_operands = 2,
	.run = run_help,
};
