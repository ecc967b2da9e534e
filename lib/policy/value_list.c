// SPDX-License-Identifier: MIT
/*
 * value_list.c - parses lists of paths, and sets of CPUs.
 */
#include "base/cleanup.h"
#include "base/cpu_list.h"
#include "base/list.h"
#include "base/units.h"
#include "policy/value.h"

#include <string.h>

int value_split_list(const char *text, char ***ret_list, char *reason)
{
	cleanup(list_freep) char **list = NULL;
	cleanup_free char *copy = NULL;
	char *rest, *item;

	if (text[0] == '\0') {
		*ret_list = NULL;
		return 0;
	}
	copy = rest = strdup(text);
	if (!copy)
		return -ENOMEM;
	while (list_next_item(&rest, &item)) {
		if (item[0] == '\0')
			return reason_refuse(reason, "an item of the list is empty");
		if (strchr(item, '\t'))
			return reason_refuse(reason, "\"%s\" contains a tab", item);
		if (list_has(list, item))
			return reason_refuse(reason, "\"%s\" is listed twice", item);
		if (list_append(&list, (char *[]){item, NULL}) < 0)
			return -ENOMEM;
	}
	*ret_list = TAKE_PTR(list);
	return 0;
}

int value_check_path(const char *path, bool expands, char *reason)
{
	const char *at = path;

	/* A home is an absolute path. */
	if (expands && strncmp(path, "%h", 2) == 0 && (path[2] == '/' || path[2] == '\0'))
		at += 2;
	else if (path[0] != '/')
		return reason_refuse(reason, "\"%s\" is not an absolute path", path);
	else if (path[1] == '\0')
		return reason_refuse(reason, "\"/\" would mean every file; name a folder below it");
	while (*at) {
		size_t length = strcspn(at + 1, "/");

		if (length == 0)
			return reason_refuse(
				reason, "\"%s\" has a doubled or trailing slash", path);
		if (strncmp(at + 1, "..", length) == 0 && length <= 2)
			return reason_refuse(reason, "\"%s\" has . or .. as a component", path);
		at += 1 + length;
	}
	for (at = strchr(path, '%'); at; at = strchr(at + 2, '%')) {
		if (!expands)
			return reason_refuse(
				reason, "\"%s\" contains a %%, and nothing is expanded here", path);
		if (!at[1] || !strchr("uUgh%", at[1]))
			return reason_refuse(reason,
				"\"%s\" has a %% that is not followed by u, U, g, h or another %%",
				path);
	}
	return 0;
}

const char *value_item(const struct key *key, const char *item)
{
	return item + ((key->flags & KEY_OPTIONAL_OK) && item[0] == '?');
}

static int parse_paths(
	const struct key *key, const char *text, struct policy_value *ret_value, char *reason)
{
	int r = value_split_list(text, &ret_value->list, reason);

	for (char **path = ret_value->list; r == 0 && path && *path; path++)
		r = value_check_path(value_item(key, *path), true, reason);
	return r;
}

/* Checks "SOURCE:TARGET". */
static int check_pair(const char *item, char *reason)
{
	cleanup_free char *source = strdup(item);
	char *target = source ? strchr(source, ':') : NULL;
	int r;

	if (!source)
		return -ENOMEM;
	if (!target || strchr(target + 1, ':'))
		return reason_refuse(
			reason, "\"%s\" is not two paths with a colon between them", item);
	*target++ = '\0';
	r = value_check_path(source, true, reason);
	return r < 0 ? r : value_check_path(target, true, reason);
}

static int parse_binds(
	const struct key *key, const char *text, struct policy_value *ret_value, char *reason)
{
	int r = value_split_list(text, &ret_value->list, reason);

	for (char **item = ret_value->list; r == 0 && item && *item; item++)
		r = check_pair(value_item(key, *item), reason);
	return r;
}

static int parse_devices(
	const struct key *key, const char *text, struct policy_value *ret_value, char *reason)
{
	static const char folder[] = "/dev/";
	int r = value_split_list(text, &ret_value->list, reason);

	for (char **item = ret_value->list; r == 0 && item && *item; item++) {
		const char *path = value_item(key, *item);

		r = value_check_path(path, true, reason);
		if (r == 0 && strncmp(path, folder, strlen(folder)) != 0)
			r = reason_refuse(reason, "\"%s\" is not below /dev", path);
	}
	return r;
}

static int parse_cpu_range(const char *item, uint64_t *ret_first, uint64_t *ret_last, char *reason)
{
	char first[UNITS_TEXT_MAX];
	const char *dash = strchr(item, '-');
	size_t length = dash ? (size_t)(dash - item) : strlen(item);

	if (length >= sizeof(first))
		return reason_refuse(reason, "\"%s\" is not a CPU", item);
	memcpy(first, item, length);
	first[length] = '\0';
	if (units_parse_count(first, ret_first) < 0 ||
		units_parse_count(dash ? dash + 1 : first, ret_last) < 0)
		return reason_refuse(
			reason, "\"%s\" is not a CPU or a range of CPUs like 0-3", item);
	if (*ret_last < *ret_first)
		return reason_refuse(reason, "\"%s\" counts backwards", item);
	if (*ret_last >= CPU_LIST_MAX)
		return reason_refuse(
			reason, "\"%s\" is out of bounds: 0 to %d", item, CPU_LIST_MAX - 1);
	return 0;
}

/* Formats a set as the kernel prints it, so that what is read back can be compared with it. */
static char *format_cpu_set(const uint8_t *cpus)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	cpu_list_print(out, cpus);
	return stream_finish(out, &text);
}

static int parse_names(
	const struct key *key, const char *text, struct policy_value *ret_value, char *reason)
{
	(void)key;
	return value_split_list(text, &ret_value->list, reason);
}

static int parse_cpuset(
	const struct key *key, const char *text, struct policy_value *ret_value, char *reason)
{
	cleanup(list_freep) char **items = NULL;
	cleanup_free char *canonical = NULL;
	uint8_t cpus[CPU_LIST_BYTES] = {0};
	int r = value_split_list(text, &items, reason);

	(void)key;
	if (r < 0)
		return r;
	for (char **item = items; *item; item++) {
		uint64_t first, last;

		r = parse_cpu_range(*item, &first, &last, reason);
		if (r < 0)
			return r;
		for (; first <= last; first++) {
			const uint8_t bit = (uint8_t)(1u << (first % 8));

			if (cpus[first / 8] & bit)
				return reason_refuse(
					reason, "CPU %u is listed twice", (unsigned)first);
			cpus[first / 8] |= bit;
		}
	}
	canonical = format_cpu_set(cpus);
	if (!canonical)
		return -ENOMEM;
	return list_append(&ret_value->list, (char *[]){canonical, NULL});
}

static char *format_list(const struct key *key, const struct policy_value *value)
{
	(void)key;
	return list_format(value->list);
}

static int store_list(struct policy_value *value, void *at, size_t size)
{
	(void)size;
	list_free(*(char ***)at);
	*(char ***)at = TAKE_PTR(value->list);
	return 0;
}

const struct key_type type_paths = {
	.parse = parse_paths,
	.format = format_list,
	.store = store_list,
	.may_be_empty = true,
	.help = "a list of absolute paths; %u, %U, %g and %h are expanded",
};

const struct key_type type_binds = {
	.parse = parse_binds,
	.format = format_list,
	.may_be_empty = true,
	.help = "a list of SOURCE:TARGET, two absolute paths each; %u, %U, %g and %h are expanded",
};

const struct key_type type_devices = {
	.parse = parse_devices,
	.format = format_list,
	.may_be_empty = true,
	.help = "a list of paths below /dev, as patterns; %u, %U and %g are expanded",
};

const struct key_type type_names = {
	.parse = parse_names,
	.format = format_list,
	.store = store_list,
	.may_be_empty = true,
	.help = "a list of names",
};

const struct key_type type_cpuset = {
	.parse = parse_cpuset,
	.format = format_list,
	.may_be_empty = true,
	.help = "CPUs and ranges of them",
};
