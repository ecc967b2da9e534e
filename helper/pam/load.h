/* SPDX-License-Identifier: MIT */
/*
 * load.h - can PAM load carrel's module? A service file that names a module which cannot be
 * loaded locks everybody out, so this is asked before anything is wired.
 */
#ifndef CARREL_HELPER_PAM_LOAD_H
#define CARREL_HELPER_PAM_LOAD_H

#include "base/error.h"

/*
 * Finds pam_carrel.so beneath @root ("/" or an image's folder) in a folder where PAM's own
 * modules are. *ret_path (malloc'ed) is its path on this machine. -ENOENT with a remedy.
 */
int pam_find_module(const char *root, char **ret_path, struct carrel_error *err);

/* Loads the module at @path as libpam does (RTLD_NOW) and looks for the entry points that the
 * account and session lines call. 0, -ENOEXEC with the loader's words. */
int pam_try_module(const char *path, struct carrel_error *err);

/*
 * Whether the module at @path needs libraries beyond libpam and the C library, which no caller of
 * PAM's can be without: one that is removed with a release upgrade would keep everybody out. 0,
 * -ELIBBAD with the library's name, -ENOEXEC for what is no ELF file of this machine's.
 */
int pam_check_needs(const char *path, struct carrel_error *err);

#endif
