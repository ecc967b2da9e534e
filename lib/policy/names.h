/* SPDX-License-Identifier: MIT */
/*
 * names.h - the *.ini of a folder that only root can change.
 */
#ifndef CARREL_POLICY_NAMES_H
#define CARREL_POLICY_NAMES_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/stat.h>

/* Whether a file of that name counts: "*.ini", not hidden. */
bool names_is_ini(const char *name);

/* Opens @dir, called @what in errors. Returns a descriptor, with *ret_stat its state; -EPERM where
 * others than root can change it; -ENOENT; -errno. @err is filled. */
int names_open_folder(
	const char *what, const char *dir, struct stat *ret_stat, struct carrel_error *err);

/* The names of the *.ini in @dirfd, sorted in the C locale: a list (base/list.h), NULL for none.
 * 0 or -errno. */
int names_read(int dirfd, char ***ret_names);

#endif
