/* SPDX-License-Identifier: MIT */
/*
 * saved.h - keeps the PAM files as they were before carrel edited them.
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

/* Opens the folder beneath @rootfd, after creating it if @make, and locks it exclusively until the
 * descriptor is closed. Returns 0 with the descriptor in *ret_fd, which the caller closes; -ENOENT
 * where there is no folder; -errno. */
int saved_open(int rootfd, bool make, int *ret_fd, struct carrel_error *err);

/* Saves @original and the text @wired that is about to replace it. Returns 0, or -errno. */
int saved_store(int savedfd, const char *name, const struct pam_file *original, const char *wired,
	struct carrel_error *err);

/* Reads the original of @name into *ret_file, which the caller frees with pam_file_free(). Returns
 * 0; -ENOENT where there is none, or where @current is not what carrel made of it; -errno. */
int saved_original(int savedfd, const char *name, const char *current, struct pam_file *ret_file,
	struct carrel_error *err);

/* Records that /etc/pam.d/@name did not exist and is now a copy of a package's file. Returns 0, or
 * -errno. */
int saved_mark_copy(int savedfd, const char *name, struct carrel_error *err);

/* Returns true if saved_mark_copy() has recorded @name. */
bool saved_is_copy(int savedfd, const char *name);

/* Returns true if /etc/pam.d/@name beneath @rootfd is such a copy, is as carrel left it, and the
 * package now has another text. Does not take the lock. */
bool saved_copy_is_stale(int rootfd, const struct pam_dirs *dirs, const char *name);

/* Removes all that is saved of @name. */
void saved_forget(int savedfd, const char *name);

#endif
