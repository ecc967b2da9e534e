/* SPDX-License-Identifier: MIT */
/*
 * scan.h - finds the sections and keys of an INI file, with their lines.
 *
 * It accepts only what every version of iniparser from 4.1 on reads alike. It refuses quotes,
 * backslashes, capital letters in names, comments that touch a value, duplicates, and so on.
 */
#ifndef CARREL_POLICY_SCAN_H
#define CARREL_POLICY_SCAN_H

#include "policy/policy.h"

enum {
	SCAN_LINE_MAX = 1000,   /* bytes; iniparser fails on 1,023 */
	SCAN_ENTRIES_MAX = 256, /* both lists are searched from their beginning */
	SCAN_SECTIONS_MAX = 64,
};

struct scan_section {
	const char *name;
	unsigned line;
};

struct scan_entry {
	const char *section;
	const char *key;     /* without the leading '?' */
	const char *written; /* the rest of the line behind the = and the blanks there */
	char *value; /* what iniparser reads there, freed with the scan; inifile_read() fills it */
	unsigned line;
	bool optional; /* had a leading '?' */
};

struct scan {
	char *text; /* what the names and @written point into */
	struct scan_section *section;
	size_t n_sections;
	struct scan_entry *entry;
	size_t n_entries;
};

/*
 * Scans @text, which has @size bytes and a NUL after them, and takes possession of it, also on
 * failure. Problems call the file @file. Returns 0 and *ret_scan (free with scan_free()); -EINVAL
 * with the first problem added; -ENOMEM.
 */
int scan_text(char *text, size_t size, const char *file, struct scan *ret_scan,
	struct policy_problems *problems);
void scan_free(struct scan *scan);

/* Adds the problem of an entry with problems_add(), and evaluates to what that returns. */
#define SCAN_REFUSE(entry, file, problems, ...)                                                    \
	problems_add(problems, file, (entry)->line, (entry)->section, (entry)->key, __VA_ARGS__)

/* Returns whether the file has a section @name, be it empty. */
bool scan_has_section(const struct scan *scan, const char *name);

#endif
