/* SPDX-License-Identifier: MIT */
/*
 * saved.h - the PAM files as they were before carrel edited them.
 *
 *	/var/lib/carrel/pam.d/		root's, 0700
 *	/var/lib/carrel/pam.d/NAME.original	byte for byte, with mode, owner and time
 *	/var/lib/carrel/pam.d/NAME.wired	as carrel left it: was it changed since?
 *	/var/lib/carrel/pam.d/NAME.copy		/etc/pam.d/NAME was made from a package's file
 */
#ifndef CARREL_HELPER_PAM_SAVED_H
#define CARREL_HELPER_PAM_SAVED_H

#include "base/error.h"
#include "dirs.h"
#include "file.h"

#include <stdbool.h>

/* Opens the folder beneath @rootfd, and makes it first if @make, under an exclusive lock that goes
 * with the descriptor. -ENOENT where there is none. */
int saved_open(int rootfd, bool make, int *ret_fd, struct carrel_error *err);

/* Remembers @original, and the @wired text that takes its place. */
int saved_store(int savedfd, const char *name, const struct pam_file *original, const char *wired,
	struct carrel_error *err);

/* The original of @name, if @current still is what carrel made of it. 0, -ENOENT otherwise. */
int saved_original(int savedfd, const char *name, const char *current, struct pam_file *ret_file,
	struct carrel_error *err);

/* Remembers that there was no /etc/pam.d/@name, and that it is a copy of a package's file. */
int saved_mark_copy(int savedfd, const char *name, struct carrel_error *err);
bool saved_is_copy(int savedfd, const char *name);

/* Whether /etc/pam.d/@name is such a copy, as carrel left it, and the package has another by now.
 * Beneath @rootfd, without the lock. */
bool saved_copy_is_stale(int rootfd, const struct pam_dirs *dirs, const char *name);

/* Forgets @name. */
void saved_forget(int savedfd, const char *name);

#endif
