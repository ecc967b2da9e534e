/* SPDX-License-Identifier: MIT */
/*
 * load.h - checks that PAM can load carrel's module. A service file that names a module which PAM
 * cannot load locks everybody out, so carrel setup checks this before it changes anything.
 */
#ifndef CARREL_HELPER_PAM_LOAD_H
#define CARREL_HELPER_PAM_LOAD_H

#include "base/error.h"

/*
 * Finds pam_carrel.so beneath @root ("/" or the folder of an image) in a folder that holds PAM's
 * own modules. Returns 0 with its path on this machine in *ret_path, which the caller frees;
 * -ENOENT with a remedy in @err; -errno.
 */
int pam_find_module(const char *root, char **ret_path, struct carrel_error *err);

/* Loads the module at @path as libpam does (RTLD_NOW) and looks for the entry points that the
 * account and session lines call. Returns 0, or -ENOEXEC with the loader's message in @err. */
int pam_try_module(const char *path, struct carrel_error *err);

/*
 * Checks that the module at @path needs no libraries but libpam and the C library, which every
 * program that calls PAM has: a release upgrade that removed another one would keep everybody out.
 * Returns 0; -ELIBBAD with the name of the library in @err; -ENOEXEC where the file is not an ELF
 * file for this machine.
 */
int pam_check_needs(const char *path, struct carrel_error *err);

#endif
