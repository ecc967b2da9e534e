/* SPDX-License-Identifier: MIT */
/*
 * arguments.h - what may stand behind pam_carrel.so in a PAM file.
 *
 *	session  required  pam_carrel.so close
 *
 * is a line that opens nothing, and closes the whole session: as the first of a stack, it closes
 * before any other module does.
 */
#ifndef CARREL_PAM_MODULE_ARGUMENTS_H
#define CARREL_PAM_MODULE_ARGUMENTS_H

#include <security/pam_modules.h>
#include <stdbool.h>

/* Returns true if the line is one that only closes. */
bool arguments_say_close(int argc, const char **argv);

/*
 * Logs one line where not all arguments are known, of an account line or, with @session, of a
 * session line. Unknown arguments are ignored, so that they keep nobody out.
 */
void arguments_check(pam_handle_t *pamh, bool session, int argc, const char **argv);

#endif
