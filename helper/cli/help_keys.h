/* SPDX-License-Identifier: MIT */
/*
 * help_keys.h - prints the reference of the keys, which is generated from their tables.
 */
#ifndef CARREL_HELPER_CLI_HELP_KEYS_H
#define CARREL_HELPER_CLI_HELP_KEYS_H

/*
 * These functions print the keys of @table, which is "policies" or "templates". The first writes
 * for a terminal; the second writes roff, which man/update-keys inserts into the man pages. They
 * return COMMAND_DONE, or COMMAND_USAGE where there is no such table, after printing a message.
 */
int help_print_keys(const char *table);
int help_print_keys_roff(const char *table);

#endif
