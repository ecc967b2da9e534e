/* SPDX-License-Identifier: MIT */
/*
 * list.h - handles lists of strings: malloc'ed and NULL-terminated; NULL is the empty list.
 */
#ifndef CARREL_BASE_LIST_H
#define CARREL_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Frees @list and its strings; NULL may be freed as well. */
void list_free(char **list);

/* Frees *@list when its variable goes out of scope: cleanup(list_freep) char **list = NULL. */
void list_freep(char ***list);

/* Returns the number of strings in @list. */
size_t list_length(char *const *list);

/* Returns whether @item is in @list. */
bool list_has(char *const *list, const char *item);

/*
 * Appends copies of those strings of @more that *@list does not have yet. Returns 0, or -ENOMEM
 * with the strings appended so far still owned by *list.
 */
int list_append(char ***list, char *const *more);

/* Cuts the next item off *@text at a comma and trims it, in place. Returns false at the end. */
bool list_next_item(char **text, char **ret_item);

/* Returns "a, b", which the caller frees, or NULL where memory has run out. */
char *list_format(char *const *list);

/*
 * Closes @out, which open_memstream(3) has opened on *@text, and returns its text for the caller
 * to free. Returns NULL, with the text freed, where memory ran out at any time before: fclose(3)
 * reports the last write only. *@text belongs to the stream and is not to be used again.
 */
char *stream_finish(FILE *out, char **text);

#endif
