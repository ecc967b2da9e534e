// SPDX-License-Identifier: MIT
#include "paths.h"
#include "base/cleanup.h"
#include "base/list.h"

#include <glob.h>
#include <string.h>

static bool names_paths(const char *key)
{
	static const char *const keys[] = {"hide", "readonly", "bind", "dev.allow"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* Only dev.allow takes patterns, but a path with a * in its name fits itself. */
static void check_named_path(struct doctor *doctor, const struct scan_entry *entry,
	const char *file, const char *path, bool optional)
{
	glob_t found = {0};
	bool missing = !strchr(path, '%') && glob(path, 0, NULL, &found) == GLOB_NOMATCH;

	globfree(&found);
	if (!missing)
		return;
	doctor_add(doctor, optional ? DOCTOR_WARN : DOCTOR_FAIL, "policy",
		optional ? "make it, or take it out of the policy"
			 : "make it, or write the key with a leading ?",
		"%s:%u: %s%s: there is no %s on this host", file, entry->line,
		entry->optional ? "?" : "", entry->key, path);
}

void doctor_paths(struct doctor *doctor, const struct scan_entry *entry, const char *file)
{
	cleanup_free char *copy = strdup(entry->value);
	char *rest = copy, *item, *path;

	if (!copy || !copy[0] || !names_paths(entry->key))
		return;
	while (list_next_item(&rest, &item)) {
		bool optional = entry->optional || item[0] == '?';

		item += item[0] == '?';
		/* An item of bind is two paths. */
		while ((path = strsep(&item, ":")))
			check_named_path(doctor, entry, file, path, optional);
	}
}
