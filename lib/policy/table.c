// SPDX-License-Identifier: MIT
#include "policy/table.h"
#include "base/cleanup.h"
#include "policy/problems.h"
#include "policy/roadmap.h"
#include "policy/suggestion.h"
#include "policy/value.h"

#include <string.h>

static bool is_other(const struct table *table, const char *section)
{
	return table->other && strcmp(table->other, section) == 0;
}

static bool has_section(const struct table *table, const char *section)
{
	for (size_t i = 0; i < table->count; i++) {
		if (strcmp(table->key[i].section, section) == 0)
			return true;
	}
	return is_other(table, section);
}

static int unknown_section(const struct table *table, const struct scan_section *section,
	const char *file, struct policy_problems *problems)
{
	struct suggestion near = {.word = section->name};

	if (roadmap_has(section->name, NULL))
		return problems_add(problems, file, section->line, section->name, NULL,
			"this section is not supported by this version");
	for (size_t i = 0; i < table->count; i++)
		suggest_try(&near, table->key[i].section);
	if (table->other)
		suggest_try(&near, table->other);
	return problems_add(problems, file, section->line, section->name, NULL,
		near.best ? "unknown section; did you mean [%s]?" : "unknown section", near.best);
}

static int unknown_key(const struct table *table, const struct scan_entry *entry, const char *file,
	struct policy_problems *problems)
{
	struct suggestion near = {.word = entry->key};

	if (roadmap_has(entry->section, entry->key))
		return SCAN_REFUSE(
			entry, file, problems, "this key is not supported by this version");
	for (size_t i = 0; i < table->count; i++) {
		const struct key *key = &table->key[i];

		if (strcmp(key->name, entry->key) == 0)
			return SCAN_REFUSE(entry, file, problems,
				"unknown key; did you mean the one in [%s]?", key->section);
		if (strcmp(key->section, entry->section) == 0)
			suggest_try(&near, key->name);
	}
	return SCAN_REFUSE(entry, file, problems,
		near.best ? "unknown key; did you mean %s?" : "unknown key", near.best);
}

static const struct key *find_key(const struct table *table, const struct scan_entry *entry)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct key *key = &table->key[i];

		if (strcmp(key->section, entry->section) == 0 && strcmp(key->name, entry->key) == 0)
			return key;
	}
	return NULL;
}

static int read_entry(const struct table *table, const struct scan_entry *entry, const char *file,
	struct assignments *assignments, struct policy_problems *problems)
{
	const struct key *key = find_key(table, entry);
	struct assignment *item = &assignments->item[assignments->count];
	char reason[REASON_MAX];
	int r;

	if (!key)
		return unknown_key(table, entry, file, problems);
	if (entry->optional && !(key->flags & KEY_OPTIONAL_OK))
		return SCAN_REFUSE(entry, file, problems, "this key cannot have a leading ?");
	r = value_parse(key, entry->value, &item->value, reason);
	if (r == -EINVAL)
		return SCAN_REFUSE(entry, file, problems, "%s", reason);
	if (r < 0)
		return r;
	item->index = (size_t)(key - table->key);
	item->line = entry->line;
	item->optional = entry->optional;
	assignments->count++;
	return 0;
}

int table_read(const struct table *table, const struct scan *scan, const char *file,
	struct assignments *ret_assignments, struct policy_problems *problems)
{
	cleanup(assignments_free) struct assignments assignments = {0};
	int r, result = 0;

	assignments.item = calloc(scan->n_entries + 1, sizeof(*assignments.item));
	if (!assignments.item)
		return -ENOMEM;
	for (size_t i = 0; i < scan->n_sections; i++) {
		if (has_section(table, scan->section[i].name))
			continue;
		result = unknown_section(table, &scan->section[i], file, problems);
		if (result == -ENOMEM)
			return result;
	}
	for (size_t i = 0; i < scan->n_entries; i++) {
		const struct scan_entry *entry = &scan->entry[i];

		/* An unknown section is one problem, not one for each of its keys. */
		if (is_other(table, entry->section) || !has_section(table, entry->section))
			continue;
		r = read_entry(table, entry, file, &assignments, problems);
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			result = r;
	}
	if (result < 0)
		return result;
	*ret_assignments = TAKE_STRUCT(assignments);
	return 0;
}

void assignments_free(struct assignments *assignments)
{
	for (size_t i = 0; i < assignments->count; i++)
		value_free(&assignments->item[i].value);
	free(assignments->item);
	*assignments = (struct assignments){0};
}
