/* SPDX-License-Identifier: MIT */
/*
 * suggestion.h - "did you mean".
 */
#ifndef CARREL_POLICY_SUGGESTION_H
#define CARREL_POLICY_SUGGESTION_H

#include <stddef.h>

/* The best candidate so far; start with {.word = what was written}. */
struct suggestion {
	const char *word;
	const char *best; /* NULL: nothing is near enough */
	size_t distance;
};

/* Tries one more candidate, which must outlive @suggestion. Upper and lower case count as equal. */
void suggest_try(struct suggestion *suggestion, const char *candidate);

#endif
