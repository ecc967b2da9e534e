/* SPDX-License-Identifier: MIT */
/*
 * diff.h - what will change in a small text file, as diff -u shows it.
 */
#ifndef CARREL_HELPER_SETUP_DIFF_H
#define CARREL_HELPER_SETUP_DIFF_H

/* Prints on stdout how @path changes from @before to @after, nothing where they are equal. 0, or
 * -ENOMEM, -EFBIG (more than a few thousand lines). */
int diff_print(const char *path, const char *before, const char *after);

#endif
