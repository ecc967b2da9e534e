/* SPDX-License-Identifier: MIT */
/*
 * suggestion.h - finds the known word that is nearest to an unknown one, for "did you mean".
 */
#ifndef CARREL_POLICY_SUGGESTION_H
#define CARREL_POLICY_SUGGESTION_H

#include <stddef.h>

/* A search starts as {.word = what was written} and keeps the best candidate so far. */
struct suggestion {
	const char *word;
	const char *best; /* NULL while nothing is near enough */
	size_t distance;  /* of @best */
};

/* Tries one more candidate, which has to outlive @suggestion. Case does not count. */
void suggest_try(struct suggestion *suggestion, const char *candidate);

#endif
