/* SPDX-License-Identifier: MIT */
/*
 * diff.h - prints the difference between two versions of a small text file as diff -u does.
 */
#ifndef CARREL_HELPER_SETUP_DIFF_H
#define CARREL_HELPER_SETUP_DIFF_H

/* Prints on standard output how @path changes from @before to @after; nothing if they are equal.
 * Returns 0; -EFBIG for texts of more than a few thousand lines; -ENOMEM. */
int diff_print(const char *path, const char *before, const char *after);

#endif
