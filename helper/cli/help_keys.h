/* SPDX-License-Identifier: MIT */
/*
 * help_keys.h - prints the reference of the keys, which is made from their tables.
 */
#ifndef CARREL_HELPER_CLI_HELP_KEYS_H
#define CARREL_HELPER_CLI_HELP_KEYS_H

/*
 * These print the keys of @table, which is "policies" or "templates": for a terminal, and for the
 * manual pages, into which man/update-keys puts it. They return COMMAND_DONE, or COMMAND_USAGE with
 * a message printed where there is no such table.
 */
int help_print_keys(const char *table);
int help_print_keys_roff(const char *table);

#endif
