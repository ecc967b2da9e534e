/* SPDX-License-Identifier: MIT */
/*
 * subcommand.h - a verb that is a group of verbs: carrel template list, carrel guest start USER.
 *
 * The group is a row of main.c's table that has a list of verbs instead of run(). Each of those is
 * a row like any other, with its own options, help, operands and need of root, and is named by the
 * words that lead to it: .name = "template list". command_run() and command_print_help() find their
 * way through a group by themselves; a file with a group and its verbs needs command.h alone.
 */
#ifndef CARREL_HELPER_CLI_SUBCOMMAND_H
#define CARREL_HELPER_CLI_SUBCOMMAND_H

#include "command.h"

/* The verb of @group that is called @word ("list"), or NULL. */
const struct command_verb *subcommand_find(const struct command_verb *group, const char *word);

/* Runs the verb that argv[1] names; argv[0] is the group's word. Returns the exit code. */
int subcommand_run(const struct command_verb *group, int argc, char **argv);

/* The group's verbs on stdout. */
void subcommand_print_help(const struct command_verb *group);

/* "carrel: template lst: there is no such verb; did you mean "list"?"; COMMAND_USAGE. */
int subcommand_unknown(const struct command_verb *group, const char *word);

#endif
