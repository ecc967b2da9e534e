// SPDX-License-Identifier: MIT
#include "policy/merge.h"
#include "base/cleanup.h"
#include "base/list.h"
#include "policy/value.h"

#include <stdio.h>
#include <string.h>

/* Takes possession of *@value, and sets the canonical text that belongs to it. */
static int set_value(
	struct policy_setting *setting, const struct key *key, struct policy_value *value)
{
	char *text = value_format(key, value);

	if (!text)
		return -ENOMEM;
	free(setting->text);
	value_free(&setting->value);
	setting->text = text;
	setting->value = TAKE_STRUCT(*value);
	return 0;
}

static int set_default(struct policy_setting *setting, const struct key *key)
{
	cleanup(value_free) struct policy_value value = {0};
	int r;

	if (key->default_text[0] == '\0') {
		setting->text = strdup("");
		return setting->text ? 0 : -ENOMEM;
	}
	r = value_parse_default(key, &value);
	return r < 0 ? r : set_value(setting, key, &value);
}

int policy_init(struct policy *ret_policy)
{
	cleanup(policy_free) struct policy policy = {0};

	policy.files = calloc(1, sizeof(*policy.files));
	if (!policy.files)
		return -ENOMEM;
	for (size_t i = 0; i < POLICY_KEY_COUNT; i++) {
		int r = set_default(&policy.setting[i], &policy_keys[i]);

		if (r < 0)
			return r;
	}
	*ret_policy = TAKE_STRUCT(policy);
	return 0;
}

/* Lists are merged, and each item stays as optional as its own line says it is. */
static int mark_optional(char **list)
{
	for (; list && *list; list++) {
		char *marked;

		if ((*list)[0] == '?')
			continue;
		if (asprintf(&marked, "?%s", *list) < 0)
			return -ENOMEM;
		free(*list);
		*list = marked;
	}
	return 0;
}

/* Finds the value that results where @item comes after @setting: that of @item or, for a key that
 * appends, the lists of both. */
static int combine_values(const struct policy_setting *setting, const struct key *key,
	const struct assignment *item, struct policy_value *ret_value)
{
	cleanup(value_free) struct policy_value value = {0};
	cleanup(value_free) struct policy_value before = {0};

	if (value_copy(&item->value, &value) < 0)
		return -ENOMEM;
	if ((key->flags & KEY_APPEND) && !value_is_empty(key, &item->value)) {
		if ((item->optional && mark_optional(value.list) < 0) ||
			value_copy(&setting->value, &before) < 0 ||
			list_append(&before.list, value.list) < 0)
			return -ENOMEM;
		*ret_value = TAKE_STRUCT(before);
		return 0;
	}
	*ret_value = TAKE_STRUCT(value);
	return 0;
}

static int merge_assignment(struct policy_setting *setting, const struct assignment *item,
	const char *file, bool partial)
{
	const struct key *key = &policy_keys[item->index];
	cleanup(value_free) struct policy_value value = {0};
	int r = combine_values(setting, key, item, &value);

	if (r < 0)
		return r;
	/* An emptied set or io.max is no limit, so the key does not count as set. */
	setting->set = !value_is_empty(key, &value);
	setting->optional = item->optional;
	setting->partial =
		partial || (setting->partial && (key->flags & KEY_APPEND) && setting->set);
	setting->origin = (struct policy_origin){.file = file, .line = item->line};
	return set_value(setting, key, &value);
}

int policy_merge(struct policy *policy, const struct policy_file *file)
{
	bool partial = match_has(&file->match, MATCH_ALL & ~MATCH_WHO);
	size_t count = list_length(policy->files);
	char **files = reallocarray(policy->files, count + 2, sizeof(*files));

	if (!files)
		return -ENOMEM;
	policy->files = files;
	files[count + 1] = NULL;
	files[count] = strdup(file->path);
	if (!files[count])
		return -ENOMEM;
	for (size_t i = 0; i < file->assignments.count; i++) {
		const struct assignment *item = &file->assignments.item[i];
		int r = merge_assignment(
			&policy->setting[item->index], item, files[count], partial);

		if (r < 0)
			return r;
	}
	return 0;
}

int policy_set_mode(struct policy *policy, enum policy_mode mode)
{
	struct policy_value value = {.choice = (int)mode};

	return set_value(
		&policy->setting[POLICY_SESSION_MODE], &policy_keys[POLICY_SESSION_MODE], &value);
}

void policy_free(struct policy *policy)
{
	for (size_t i = 0; i < POLICY_KEY_COUNT; i++) {
		value_free(&policy->setting[i].value);
		free(policy->setting[i].text);
	}
	list_free(policy->files);
	*policy = (struct policy){0};
}
