/* SPDX-License-Identifier: MIT */
/*
 * help_keys.h - the reference of the keys, out of their tables.
 */
#ifndef CARREL_HELPER_CLI_HELP_KEYS_H
#define CARREL_HELPER_CLI_HELP_KEYS_H

/*
 * The keys of @table: "policies", or "templates". Returns COMMAND_DONE, or COMMAND_USAGE with a
 * message where there is no such table. For a terminal: carrel help keys; and for the manual pages,
 * where man/update-keys puts it.
 */
int help_print_keys(const char *table);
int help_print_keys_roff(const char *table);

#endif
