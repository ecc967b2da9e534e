// SPDX-License-Identifier: MIT
#include "subcommand.h"
#include "policy/suggestion.h"

#include <stdio.h>
#include <string.h>

/* "list" of "template list". */
static const char *last_word(const struct command_verb *verb)
{
	const char *blank = strrchr(verb->name, ' ');

	return blank ? blank + 1 : verb->name;
}

const struct command_verb *subcommand_find(const struct command_verb *group, const char *word)
{
	for (size_t i = 0; group->verbs[i]; i++)
		if (strcmp(last_word(group->verbs[i]), word) == 0)
			return group->verbs[i];
	return NULL;
}

int subcommand_unknown(const struct command_verb *group, const char *word)
{
	struct suggestion suggestion = {.word = word};

	for (size_t i = 0; group->verbs[i]; i++)
		if (!group->verbs[i]->hidden)
			suggest_try(&suggestion, last_word(group->verbs[i]));
	if (suggestion.best)
		return command_error(COMMAND_USAGE,
			"%s %s: there is no such verb; did you mean \"%s\"?", group->name, word,
			suggestion.best);
	return command_error(COMMAND_USAGE,
		"%s %s: there is no such verb; `carrel %s --help` lists them", group->name, word,
		group->name);
}

void subcommand_print_help(const struct command_verb *group)
{
	printf("usage: carrel %s VERB [OPTION...] [ARGUMENT...]\n\n%s\n", group->name,
		group->summary);
	if (group->details)
		printf("\n%s", group->details);
	printf("\nVerbs:\n");
	for (size_t i = 0; group->verbs[i]; i++)
		if (!group->verbs[i]->hidden)
			printf("  %-10s %s\n", last_word(group->verbs[i]),
				group->verbs[i]->summary);
	printf("\n`carrel %s VERB --help` says more about one of them.\n", group->name);
}

int subcommand_run(const struct command_verb *group, int argc, char **argv)
{
	const struct command_verb *verb;

	if (argc < 2)
		return command_error(COMMAND_USAGE,
			"%s: no verb given; `carrel %s --help` lists them", group->name,
			group->name);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		subcommand_print_help(group);
		return COMMAND_DONE;
	}
	verb = subcommand_find(group, argv[1]);
	if (!verb)
		return subcommand_unknown(group, argv[1]);
	return command_run(verb, argc - 1, argv + 1);
}
