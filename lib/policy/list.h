/* SPDX-License-Identifier: MIT */
/*
 * list.h - lists of strings: malloc'ed, NULL-terminated; NULL is the empty one.
 */
#ifndef CARREL_POLICY_LIST_H
#define CARREL_POLICY_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

void list_free(char **list);
void list_freep(char ***list); /* for cleanup() */
size_t list_length(char *const *list);
bool list_has(char *const *list, const char *item);

/* Adds what @list does not have yet of the items of @more to its end. 0 or -ENOMEM, with the items
 * added so far still owned by *list. */
int list_append(char ***list, char *const *more);

/*
 * Splits @text at commas into trimmed items; an empty text is an empty list.
 * 0; -EINVAL with @reason (VALUE_REASON_MAX bytes) for an item that is empty, there twice, or has a
 * tab in it; -ENOMEM.
 */
int list_parse(const char *text, char ***ret_list, char *reason);

/* Cuts the next item off *@text at a comma and trims it, in place; false at the end. */
bool list_next_item(char **text, char **ret_item);

/* "a, b", malloc'ed; NULL: out of memory. */
char *list_format(char *const *list);

/* Closes an open_memstream(3) and returns its text, or NULL if anything did not fit into memory. */
char *stream_finish(FILE *out, char **text);

#endif
