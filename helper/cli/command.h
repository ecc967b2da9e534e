/* SPDX-License-Identifier: MIT */
/*
 * command.h - a verb of the carrel command: one row of the table in main.c, one file each.
 *
 * The row gives the parser, --help, the usage line and the operand count; run() only sees input
 * that has been checked.
 *
 * A verb may be a group: it has a list of verbs instead of run(), as carrel template list. Each of
 * those is a row like any other, named by all the words that lead to it: .name = "template list".
 * command_run() and command_print_help() find their way through a group by themselves.
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

/* What was given on the command line; the strings are argv's. */
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
	bool words;  /* from the first operand on there are no options: USER [COMMAND...] */
	const char *root_why; /* "needs root, ..."; NULL: for the records and cgroups */
	struct command_option options[COMMAND_OPTIONS_MAX];
	int (*run)(const struct command_input *input); /* returns enum command_exit */
	/* Instead of run(): the verbs of a group, NULL-terminated. */
	const struct command_verb *const *verbs;
};

extern const struct command_verb verb_setup, verb_check, verb_explain, verb_status, verb_ps,
	verb_kill, verb_wall, verb_gc, verb_doctor, verb_template, verb_guest, verb_image,
	verb_help, verb_version, verb_condition, verb_shutdown_warning;

/* The verbs in the order of the help, NULL-terminated. */
extern const struct command_verb *const command_verbs[];

/* The verb of that name, or NULL. */
const struct command_verb *command_find(const char *name);

/* Returns the verb of @group that is called @word ("list"), or NULL. */
const struct command_verb *command_find_in(const struct command_verb *group, const char *word);

/* Parses argv (argv[0] is the verb's last word) and runs the verb, or the one of a group that
 * argv[1] names. Returns the exit code. */
int command_run(const struct command_verb *verb, int argc, char **argv);

/* Help on stdout: of one verb, of all. */
void command_print_help(const struct command_verb *verb);
void command_print_overview(void);

/* "carrel: MESSAGE" on stderr, sanitised; returns @code, so that a verb can return it. */
int command_error(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "carrel: TEXT: WHY" on stderr; returns COMMAND_REFUSED for a missing permission, COMMAND_FAILED
 * otherwise. */
int command_failed(const struct carrel_error *err);

/* "carrel: there is no ...; did you mean ...?" for an unknown verb or topic; COMMAND_USAGE. */
int command_unknown(const char *name);

/* Says the same of a @word that is no verb of @group. Returns COMMAND_USAGE. */
int command_unknown_in(const struct command_verb *group, const char *word);

#endif
