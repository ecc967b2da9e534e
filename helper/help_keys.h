/* SPDX-License-Identifier: MIT */
/*
 * help_keys.h - the reference of the keys of policies, out of their table.
 */
#ifndef CARREL_HELPER_HELP_KEYS_H
#define CARREL_HELPER_HELP_KEYS_H

/* For a terminal: carrel help keys. Returns COMMAND_DONE. */
int help_print_keys(void);

/* For carrel.policies(5): man/update-keys puts it there. Returns COMMAND_DONE. */
int help_print_keys_roff(void);

#endif
