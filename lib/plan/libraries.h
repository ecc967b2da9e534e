/* SPDX-License-Identifier: MIT */
/*
 * libraries.h - what a program needs to run, for a view that shows no more than that.
 */
#ifndef CARREL_PLAN_LIBRARIES_H
#define CARREL_PLAN_LIBRARIES_H

#include "base/error.h"

/*
 * The loader of the dynamically linked @program (a path; elf(5)) and all libraries that it and they
 * name, by the paths at which ld.so(8) finds them where it has no cache: in its own folders. What
 * is opened with dlopen(3) is not among them. Nothing is executed.
 *
 * Returns 0 and *ret_paths, a NULL-terminated array (the caller frees it and its strings; of a
 * static program it is empty), or -errno and @err: -ENOENT for a library that is in none of the
 * folders, -ENOEXEC for a file that is no program of this machine's.
 */
int plan_libraries(const char *program, char ***ret_paths, struct carrel_error *err);

/*
 * The libraries that the program or shared object @file itself names (DT_NEEDED, elf(5)), as it
 * names them: "libc.so.6". Nothing is executed.
 *
 * Returns 0 and *ret_names, a NULL-terminated array (plan_libraries_free()), or -errno and @err:
 * -ENOEXEC for what is no ELF file of this machine's.
 */
int plan_libraries_named(const char *file, char ***ret_names, struct carrel_error *err);

void plan_libraries_free(char **paths);

#endif
