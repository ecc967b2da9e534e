/* SPDX-License-Identifier: MIT */
/*
 * table.h - reads a scanned file by a table of keys: that of policies, carrel.ini, or templates.
 */
#ifndef CARREL_POLICY_TABLE_H
#define CARREL_POLICY_TABLE_H

#include "policy/keys.h"
#include "policy/scan.h"

struct table {
	const struct key *key;
	size_t count;
	const char *other; /* a section that is read elsewhere, or NULL */
};

/* An assignment is what one line of a file gives to a key. */
struct assignment {
	size_t index; /* of the key in the table */
	unsigned line;
	bool optional;
	struct policy_value value;
};

struct assignments {
	struct assignment *item;
	size_t count;
};

/*
 * Reads all of @scan, which problems call @file. Returns 0 and *ret_assignments (free with
 * assignments_free()); -EINVAL with a problem added for each line that is wrong; -ENOMEM.
 */
int table_read(const struct table *table, const struct scan *scan, const char *file,
	struct assignments *ret_assignments, struct policy_problems *problems);
void assignments_free(struct assignments *assignments);

#endif
