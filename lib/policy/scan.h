/* SPDX-License-Identifier: MIT */
/*
 * scan.h - the strict reading of an INI file, with positions.
 *
 * Accepts a part of what iniparser 4.1 and 4.2 accept: the part that all of them read alike. The
 * rest (quotes, backslashes, upper case, a comment that touches a value, duplicates, …) is refused.
 */
#ifndef CARREL_POLICY_SCAN_H
#define CARREL_POLICY_SCAN_H

#include "policy/policy.h"

enum {
	SCAN_LINE_MAX = 1000,   /* bytes; iniparser fails on 1,023 */
	SCAN_ENTRIES_MAX = 256, /* both lists are searched one by one */
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
 * Scans @size bytes of @text (with a NUL after them), of which it takes possession, also when it
 * fails. @file is for the problem. Returns 0 and *ret_scan (free with scan_free()); -EINVAL with
 * the first problem added; -ENOMEM.
 */
int scan_text(char *text, size_t size, const char *file, struct scan *ret_scan,
	struct policy_problems *problems);
void scan_free(struct scan *scan);

/* True if some line of the file is a header of section @name. */
bool scan_has_section(const struct scan *scan, const char *name);

#endif
