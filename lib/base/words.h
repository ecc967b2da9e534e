/* SPDX-License-Identifier: MIT */
/*
 * words.h - builds the arguments or the environment of a program, word by word.
 *
 * Guest-attach is linked with it, too, by musl-gcc and without the rest of the library.
 */
#ifndef CARREL_BASE_WORDS_H
#define CARREL_BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Holds malloc'ed words, as execve(2) takes them; an all-zero one is empty. */
struct words {
	char **word; /* NULL-terminated; NULL as long as there is none */
	size_t count;
	bool failed; /* memory has run out: a word is missing, and the words are not to be used */
};

/* Adds a word. Where memory is short, notes that in @words, which the caller asks at the end. */
void words_add(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds copies of @list, which ends with a NULL, as words_add() does. */
void words_add_all(struct words *words, const char *const *list);

/* Frees the words, and leaves @words empty. */
void words_free(struct words *words);

#endif
