/* SPDX-License-Identifier: MIT */
/*
 * command.h - describes a verb of the carrel command and runs it. Each verb is one row of the table
 * in main.c and has a file of its own.
 *
 * The row determines how the arguments are parsed, the text of --help, the usage line and the
 * number of operands. run() sees only input that has been checked.
 *
 * A verb may be a group, such as "template": it has a list of verbs instead of run(). Each of those
 * is a row like any other, named by all the words that lead to it: .name = "template list".
 * command_run() and command_print_help() handle groups by themselves.
 */
#ifndef CARREL_HELPER_CLI_COMMAND_H
#define CARREL_HELPER_CLI_COMMAND_H

#include "base/error.h"
#include "base/exit.h"

#include <stdbool.h>

enum { COMMAND_OPTIONS_MAX = 8, COMMAND_OPERANDS_ANY = 1 << 16 };

struct command_option {
	const char *name;     /* without the dashes; NULL ends the list */
	const char *argument; /* its name in the help; NULL: a flag */
	const char *help;
};

/* This is what the command line gave; the strings belong to argv. */
struct command_input {
	const char *option[COMMAND_OPTIONS_MAX]; /* by index; NULL: not given; "" for a flag */
	char **operand;                          /* NULL-terminated */
	int n_operands;
};

struct command_verb {
	const char *name;     /* the words that lead to it: "status", "template list" */
	const char *operands; /* as the usage line shows them: "USER", "[FILE...]", or "" */
	const char *summary;  /* one line of carrel --help */
	const char *details;  /* more of carrel VERB --help, or NULL */
	int min_operands, max_operands;
	bool hidden; /* for units and tests: not listed */
	bool root;   /* exits with COMMAND_REFUSED for anybody else */
	bool words;  /* from the first operand, or "--", on there are no options: [USER] [--] WORDS
		      */
	const char *root_why; /* "needs root, ..."; NULL: for the records and cgroups */
	struct command_option options[COMMAND_OPTIONS_MAX];
	int (*run)(const struct command_input *input); /* returns enum command_exit */
	/* Instead of run(): the verbs of a group, NULL-terminated. */
	const struct command_verb *const *verbs;
};

extern const struct command_verb verb_setup, verb_check, verb_explain, verb_status, verb_quota,
	verb_ps, verb_kill, verb_wall, verb_gc, verb_doctor, verb_template, verb_guest, verb_image,
	verb_help, verb_version, verb_condition, verb_shutdown_warning;

/* This lists the verbs in the order of carrel --help, NULL-terminated. */
extern const struct command_verb *const command_verbs[];

/* Returns the verb called @name, or NULL. */
const struct command_verb *command_find(const char *name);

/* Returns the verb of @group that is called @word ("list"), or NULL. */
const struct command_verb *command_find_in(const struct command_verb *group, const char *word);

/* Parses @argv, where argv[0] is the last word of the verb, and runs the verb; or, where @verb is a
 * group, the verb of the group that argv[1] names. Returns the exit code. */
int command_run(const struct command_verb *verb, int argc, char **argv);

/* These functions print the help of one verb, and the overview of all verbs, on standard output. */
void command_print_help(const struct command_verb *verb);
void command_print_overview(void);

/* Prints "carrel: MESSAGE" on standard error, with control characters replaced. Returns @code, so
 * that a verb can return the result. */
int command_error(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints @err as "carrel: TEXT: WHY" on standard error. Returns COMMAND_REFUSED for a missing
 * permission and COMMAND_FAILED otherwise. */
int command_failed(const struct carrel_error *err);

/* Says on standard error that there is no verb or topic @name, and suggests a similar one. Returns
 * COMMAND_USAGE. */
int command_unknown(const char *name);

/* Says on standard error that @group has no verb @word, and suggests a similar one. Returns
 * COMMAND_USAGE. */
int command_unknown_in(const struct command_verb *group, const char *word);

#endif
