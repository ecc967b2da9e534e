// SPDX-License-Identifier: MIT
#include "base/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void words_add(struct words *words, const char *format, ...)
{
	char **grown = reallocarray(words->word, words->count + 2, sizeof(*grown));
	va_list args;
	int length;

	if (!grown) {
		words->failed = true;
		return;
	}
	words->word = grown;
	va_start(args, format);
	length = vasprintf(&grown[words->count], format, args);
	va_end(args);
	if (length < 0)
		words->failed = true;
	else
		words->count++;
	grown[words->count] = NULL;
}

void words_add_all(struct words *words, const char *const *list)
{
	for (; *list; list++)
		words_add(words, "%s", *list);
}

void words_free(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->word[i]);
	free(words->word);
	*words = (struct words){0};
}
