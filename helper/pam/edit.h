/* SPDX-License-Identifier: MIT */
/*
 * edit.h - carrel's lines in a PAM service file: which files, which lines, and where.
 *
 * pam.d(5) runs the lines of a type in the order of the file, at the close of a session as well.
 *
 * The lines that open come last: pam_loginuid, pam_systemd, pam_motd, pam_limits and pam_selinux
 * must have acted on the host before the session moves into its carrel. The one that closes comes
 * first, so that the close of all others runs on the host again. Debian's common-session comes
 * before most of these, so no pam-auth-update profile can place them.
 */
#ifndef CARREL_HELPER_PAM_EDIT_H
#define CARREL_HELPER_PAM_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#define PAM_DIR    "etc/pam.d" /* beneath the root that is being set up */
#define PAM_MODULE "pam_carrel.so"
#define PAM_CLOSE  "close" /* the module's argument */

/* @text without carrel's blocks: exactly the marked lines go. malloc'ed, NULL: out of memory. */
char *pam_unwire(const char *text);

/* @text with carrel's blocks as its first and its last lines, and nowhere else. malloc'ed, NULL:
 * out of memory. */
char *pam_wire(const char *text);

/* Whether @text has a block of carrel's. */
bool pam_has_block(const char *text);

/* The first line of @text, from 1, that names pam_carrel.so without being in a block of carrel's,
 * so that somebody else wrote it; 0 where there is none. */
unsigned pam_foreign_line(const char *text);

#endif
