// SPDX-License-Identifier: MIT
#include "policy/list.h"
#include "base/cleanup.h"
#include "policy/value.h"

#include <string.h>

size_t list_length(char *const *list)
{
	size_t length = 0;

	while (list && list[length])
		length++;
	return length;
}

void list_free(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

bool list_has(char *const *list, const char *item)
{
	for (; list && *list; list++) {
		if (strcmp(*list, item) == 0)
			return true;
	}
	return false;
}

int list_append(char ***list, char *const *more)
{
	size_t length = list_length(*list);
	char **grown;

	if (!more)
		return 0;
	grown = reallocarray(*list, length + list_length(more) + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	*list = grown;
	grown[length] = NULL;
	for (; *more; more++) {
		if (list_has(grown, *more))
			continue;
		grown[length] = strdup(*more);
		if (!grown[length])
			return -ENOMEM;
		grown[++length] = NULL;
	}
	return 0;
}

void list_freep(char ***list)
{
	list_free(*list);
}

/* The next item of *@text up to a comma, trimmed, in @ret_item; false at the end. *@text is cut. */
bool list_next_item(char **text, char **ret_item)
{
	char *item = strsep(text, ",");
	size_t length;

	if (!item)
		return false;
	item += strspn(item, " \t");
	length = strlen(item);
	while (length > 0 && strchr(" \t", item[length - 1]))
		item[--length] = '\0';
	*ret_item = item;
	return true;
}

int list_parse(const char *text, char ***ret_list, char *reason)
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
			return value_refuse(reason, "an item of the list is empty");
		if (strchr(item, '\t'))
			return value_refuse(reason, "\"%s\" has a tab in it", item);
		if (list_has(list, item))
			return value_refuse(reason, "\"%s\" is listed twice", item);
		if (list_append(&list, (char *[]){item, NULL}) < 0)
			return -ENOMEM;
	}
	*ret_list = TAKE_PTR(list);
	return 0;
}

char *list_format(char *const *list)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (size_t i = 0; list && list[i]; i++)
		fprintf(out, "%s%s", i ? ", " : "", list[i]);
	return stream_finish(out, &text);
}

char *stream_finish(FILE *out, char **text)
{
	/* fclose(3) forgets that an earlier write ran out of memory. */
	bool failed = ferror(out);

	if (fclose(out) != 0 || failed) {
		free(*text);
		return NULL;
	}
	return *text;
}
