/* SPDX-License-Identifier: MIT */
/*
 * libraries.h - finds what a program needs to run, for a view that shows no more than that.
 */
#ifndef CARREL_PLAN_LIBRARIES_H
#define CARREL_PLAN_LIBRARIES_H

#include "base/error.h"

/*
 * Finds the loader of the dynamically linked @program (a path; elf(5)) and all libraries that the
 * program and its libraries name, by the paths at which ld.so(8) finds them where it has no cache:
 * in its own folders. What is opened with dlopen(3) is not among them. Nothing is executed.
 *
 * Returns 0 and *ret_paths, a NULL-terminated array to be freed with plan_libraries_free(), which
 * is empty for a static program; or -errno and @err: -ENOENT for a library that is in none of the
 * folders, -ENOEXEC for a file that is no program of this machine's.
 */
int plan_libraries(const char *program, char ***ret_paths, struct carrel_error *err);

/*
 * Reads which libraries the program or shared object @file itself names (DT_NEEDED, elf(5)), as it
 * names them: "libc.so.6". Nothing is executed.
 *
 * Returns 0 and *ret_names, a NULL-terminated array (plan_libraries_free()), or -errno and @err:
 * -ENOEXEC for what is no ELF file of this machine's.
 */
int plan_libraries_named(const char *file, char ***ret_names, struct carrel_error *err);

/* Frees such an array and its strings. */
void plan_libraries_free(char **paths);

#endif
