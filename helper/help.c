// SPDX-License-Identifier: MIT
/*
 * help.c - carrel help: the verbs, one of them, or the keys of policies out of their table.
 */
#include "command.h"
#include "policy/keys.h"

#include <stdio.h>
#include <string.h>

static void print_key(const struct key *key)
{
	printf("  %s\n      %s\n", key->name, key->doc);
	if (key->choices) {
		printf("      values: ");
		for (size_t i = 0; key->choices[i]; i++)
			printf("%s%s", i ? " | " : "", key->choices[i]);
		putchar('\n');
	}
	printf("      default: %s\n", key->default_text[0] ? key->default_text : "(none)");
	if (key->example && key->example[0])
		printf("      example: %s = %s\n", key->name, key->example);
	if (key->flags & KEY_APPEND)
		printf("      later files add to the list; an empty value resets it\n");
	if (key->flags & KEY_USER_WIDE)
		printf("      not in a file that matches on service or host\n");
	if (key->flags & KEY_OPTIONAL_OK)
		printf("      may be written ?%s: a login goes on where it cannot be enforced\n",
			key->name);
}

static int print_keys(void)
{
	const char *section = "";

	printf("Keys of the policies in " POLICY_DIR "/*.ini; carrel.policies(5) says more.\n");
	for (size_t i = 0; i < POLICY_KEY_COUNT; i++) {
		if (strcmp(policy_keys[i].section, section) != 0)
			printf("\n[%s]\n", policy_keys[i].section);
		section = policy_keys[i].section;
		print_key(&policy_keys[i]);
	}
	return COMMAND_DONE;
}

static int run(const struct command_input *input)
{
	const struct command_verb *verb;

	if (input->n_operands == 0) {
		command_print_overview();
		return COMMAND_DONE;
	}
	if (strcmp(input->operand[0], "keys") == 0)
		return print_keys();
	verb = command_find(input->operand[0]);
	if (!verb)
		return command_unknown(input->operand[0]);
	command_print_help(verb);
	return COMMAND_DONE;
}

const struct command_verb verb_help = {
	.name = "help",
	.operands = "[VERB | keys]",
	.summary = "this text, that of a verb, or the keys of policies",
	.max_operands = 1,
	.run = run,
};
