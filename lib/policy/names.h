/* SPDX-License-Identifier: MIT */
/*
 * names.h - the names of the *.ini files in a folder that only root can change.
 */
#ifndef CARREL_POLICY_NAMES_H
#define CARREL_POLICY_NAMES_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/stat.h>

/* Returns whether a file called @name counts: it ends in ".ini" and is not hidden. */
bool names_is_ini(const char *name);

/*
 * Opens @dir, which errors call @what. Returns a descriptor for the caller to close, and *ret_stat;
 * -EPERM where others than root can change the folder; -ENOENT; -errno. An error fills @err.
 */
int names_open_folder(
	const char *what, const char *dir, struct stat *ret_stat, struct carrel_error *err);

/* Lists the *.ini files of @dirfd, sorted as in the C locale. Returns 0 and *ret_names (free with
 * list_free(); NULL where there are none), or -errno. */
int names_read(int dirfd, char ***ret_names);

#endif
