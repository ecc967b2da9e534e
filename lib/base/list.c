// SPDX-License-Identifier: MIT
#include "base/list.h"
#include "base/cleanup.h"

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
	/* fclose(3) does not report that an earlier write failed. */
	bool failed = ferror(out);

	if (fclose(out) != 0 || failed) {
		free(*text);
		return NULL;
	}
	return *text;
}
