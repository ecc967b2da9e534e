/* SPDX-License-Identifier: MIT */
/*
 * edit.h - adds carrel's lines to the text of a PAM service file and removes them.
 *
 * PAM runs the lines of a type in the order of the file, at the close of a session as well
 * (pam.d(5)).
 *
 * The lines that open come last: pam_loginuid, pam_systemd, pam_motd, pam_limits and pam_selinux
 * must have acted on the host before the session moves into its carrel. The line that closes comes
 * first, so that all other modules close on the host again. Debian includes common-session before
 * most of these modules, so a profile of pam-auth-update could not place the lines right.
 */
#ifndef CARREL_HELPER_PAM_EDIT_H
#define CARREL_HELPER_PAM_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#define PAM_DIR    "etc/pam.d" /* beneath the root that is being set up */
#define PAM_MODULE "pam_carrel.so"
#define PAM_CLOSE  "close" /* the module's argument */

/* Returns a copy of @text without carrel's blocks, whatever else is in it, which the caller frees.
 * Returns NULL where memory is short. */
char *pam_unwire(const char *text);

/* Returns a copy of @text with one block of carrel's at the head, one at the end and none
 * elsewhere, which the caller frees. Returns NULL where memory is short. */
char *pam_wire(const char *text);

/* Returns true if @text has a block of carrel's. */
bool pam_has_block(const char *text);

/* Returns the number, from 1, of the first line of @text that names pam_carrel.so outside of
 * carrel's blocks, where somebody else has written it; 0 where there is none. */
unsigned pam_foreign_line(const char *text);

#endif
