/* SPDX-License-Identifier: MIT */
/*
 * keyed.h - parses the numbers of cgroup files, alone or behind a key ("flat keyed",
 * cgroup-v2.rst). For lib/cgroup, and for the keeper, which keeps its files open.
 */
#ifndef CARREL_CGROUP_TREE_KEYED_H
#define CARREL_CGROUP_TREE_KEYED_H

#include <stdint.h>

/*
 * Parses the decimal number, or "max" (CGROUP_UNLIMITED), that @text begins with and that a blank,
 * a newline or the end of @text follows. *ret_end (may be NULL) is set to what follows. Returns 0
 * or -EBADMSG.
 */
int keyed_parse_number(const char *text, uint64_t *ret_number, const char **ret_end);

/* Returns what follows @key and a blank on a line of @text, or NULL where no line has that key. */
const char *keyed_find_line(const char *text, const char *key);

/* Parses the number behind @key in @text. Returns 0, -ENOENT where no line has that key, or
 * -EBADMSG. */
int keyed_find_number(const char *text, const char *key, uint64_t *ret_number);

/* Reads @file, which holds one number (memory.current), in the folder @dirfd. Returns 0 or -errno.
 */
int keyed_read_number(int dirfd, const char *file, uint64_t *ret_number);

/* Reads the number behind @key in @file (cpu.stat) in the folder @dirfd. Returns 0; -ENOENT where
 * there is no such file or key; or -errno. */
int keyed_read_value(int dirfd, const char *file, const char *key, uint64_t *ret_number);

#endif
