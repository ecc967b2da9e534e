// SPDX-License-Identifier: MIT
/*
 * command.c - takes the options, help and errors of a verb from its row.
 */
#include "command.h"
#include "policy/suggestion.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_HELP = 1000, OPTION_FIRST = 2000 };

int command_error(int code, const char *format, ...)
{
	char text[2 * CARREL_ERROR_TEXT_MAX + 16];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	text_sanitize(text);
	fflush(stdout);
	fprintf(stderr, "carrel: %s\n", text);
	return code;
}

int command_failed(const struct carrel_error *err)
{
	char text[2 * CARREL_ERROR_TEXT_MAX + 16];
	bool refused = err->code == -EPERM || err->code == -EACCES;

	return command_error(refused ? COMMAND_REFUSED : COMMAND_FAILED, "%s",
		error_format(err, text, sizeof(text)));
}

int command_unknown(const char *name)
{
	struct suggestion suggestion = {.word = name};

	for (size_t i = 0; command_verbs[i]; i++)
		if (!command_verbs[i]->hidden)
			suggest_try(&suggestion, command_verbs[i]->name);
	if (suggestion.best)
		return command_error(COMMAND_USAGE,
			"%s: there is no such verb; did you mean \"%s\"?", name, suggestion.best);
	return command_error(
		COMMAND_USAGE, "%s: there is no such verb; `carrel --help` lists them", name);
}

/* Returns the last word of a verb's name, "list" of "template list". */
static const char *last_word(const struct command_verb *verb)
{
	const char *blank = strrchr(verb->name, ' ');

	return blank ? blank + 1 : verb->name;
}

const struct command_verb *command_find_in(const struct command_verb *group, const char *word)
{
	for (size_t i = 0; group->verbs[i]; i++)
		if (strcmp(last_word(group->verbs[i]), word) == 0)
			return group->verbs[i];
	return NULL;
}

int command_unknown_in(const struct command_verb *group, const char *word)
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

static void print_usage(FILE *out, const struct command_verb *verb)
{
	fprintf(out, "carrel %s", verb->name);
	for (size_t i = 0; i < COMMAND_OPTIONS_MAX && verb->options[i].name; i++)
		fprintf(out, verb->options[i].argument ? " [--%s %s]" : " [--%s]",
			verb->options[i].name, verb->options[i].argument);
	fprintf(out, "%s%s\n", verb->operands[0] ? " " : "", verb->operands);
}

static void print_group_help(const struct command_verb *group)
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

void command_print_help(const struct command_verb *verb)
{
	char name[64];

	if (verb->verbs) {
		print_group_help(verb);
		return;
	}
	printf("usage: ");
	print_usage(stdout, verb);
	printf("\n%s\n", verb->summary);
	if (verb->details)
		printf("\n%s", verb->details);
	printf("\nOptions:\n");
	for (size_t i = 0; i < COMMAND_OPTIONS_MAX && verb->options[i].name; i++) {
		const struct command_option *option = &verb->options[i];

		snprintf(name, sizeof(name), "--%s%s%s", option->name, option->argument ? " " : "",
			option->argument ? option->argument : "");
		printf("  %-18s %s\n", name, option->help);
	}
	printf("  %-18s %s\n", "--help", "this text");
}

void command_print_overview(void)
{
	printf("usage: carrel VERB [OPTION...] [ARGUMENT...]\n\n"
	       "Quotas and a private view of the machine for every login.\n\n");
	for (size_t i = 0; command_verbs[i]; i++)
		if (!command_verbs[i]->hidden)
			printf("  %-10s %s\n", command_verbs[i]->name, command_verbs[i]->summary);
	printf("\n`carrel VERB --help` says more about one of them, `carrel help keys` about\n"
	       "the keys of policies. carrel(1), carrel.policies(5), carrel.templates(5).\n\n"
	       "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a policy or template is invalid,\n"
	       "4 refused.\n");
}

static int usage_error(const struct command_verb *verb)
{
	fprintf(stderr, "usage: ");
	print_usage(stderr, verb);
	return COMMAND_USAGE;
}

/* Fills @long_options from the row: getopt_long(3) returns OPTION_FIRST + the index. */
static void fill_options(const struct command_verb *verb, struct option *long_options)
{
	size_t i;

	for (i = 0; i < COMMAND_OPTIONS_MAX && verb->options[i].name; i++)
		long_options[i] = (struct option){
			.name = verb->options[i].name,
			.has_arg = verb->options[i].argument ? required_argument : no_argument,
			.val = OPTION_FIRST + (int)i,
		};
	long_options[i] = (struct option){.name = "help", .val = OPTION_HELP};
	long_options[i + 1] = (struct option){0};
}

/* Returns 0 with *ret_input filled, OPTION_HELP, or COMMAND_USAGE with the message printed. */
static int parse_arguments(
	const struct command_verb *verb, int argc, char **argv, struct command_input *ret_input)
{
	struct option long_options[COMMAND_OPTIONS_MAX + 2];
	int c;

	fill_options(verb, long_options);
	optind = 0; /* glibc: start over */
	opterr = 0; /* its messages would begin with the verb */
	while ((c = getopt_long(argc, argv, verb->words ? "+:h" : ":h", long_options, NULL)) !=
		-1) {
		const char *given = argv[optind - 1];

		if (c == OPTION_HELP || c == 'h')
			return OPTION_HELP;
		if (c == ':') {
			command_error(COMMAND_USAGE, "%s %s: needs a value", verb->name, given);
			return usage_error(verb);
		}
		if (c < OPTION_FIRST) {
			command_error(COMMAND_USAGE, "%s %s: not an option of this verb",
				verb->name, given);
			return usage_error(verb);
		}
		ret_input->option[c - OPTION_FIRST] = optarg ? optarg : "";
	}
	/* getopt(3) takes the "--" that ends options; where words follow, it says what they are. */
	if (verb->words && optind > 1 && strcmp(argv[optind - 1], "--") == 0)
		optind--;
	ret_input->operand = argv + optind;
	ret_input->n_operands = argc - optind;
	return 0;
}

static int run_group(const struct command_verb *group, int argc, char **argv)
{
	const struct command_verb *verb;

	if (argc < 2)
		return command_error(COMMAND_USAGE,
			"%s: no verb given; `carrel %s --help` lists them", group->name,
			group->name);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_group_help(group);
		return COMMAND_DONE;
	}
	verb = command_find_in(group, argv[1]);
	if (!verb)
		return command_unknown_in(group, argv[1]);
	return command_run(verb, argc - 1, argv + 1);
}

int command_run(const struct command_verb *verb, int argc, char **argv)
{
	struct command_input input = {0};
	int r;

	if (verb->verbs)
		return run_group(verb, argc, argv);
	r = parse_arguments(verb, argc, argv, &input);
	if (r == OPTION_HELP) {
		command_print_help(verb);
		return COMMAND_DONE;
	}
	if (r != 0)
		return r;
	if (input.n_operands < verb->min_operands || input.n_operands > verb->max_operands) {
		command_error(COMMAND_USAGE, "%s: too %s arguments", verb->name,
			input.n_operands < verb->min_operands ? "few" : "many");
		return usage_error(verb);
	}
	if (verb->root && geteuid() != 0)
		return command_error(COMMAND_REFUSED, "%s: needs root, %s; try sudo carrel %s",
			verb->name,
			verb->root_why ? verb->root_why : "whose records and cgroups it reads",
			verb->name);
	return verb->run(&input);
}
