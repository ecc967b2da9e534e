// SPDX-License-Identifier: MIT
#include "policy/suggestion.h"

#include <stdint.h>
#include <string.h>

enum { WORD_MAX = 48 };

static size_t least_of_three(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Lowers an ASCII letter. tolower(3) would depend on the locale of the program that calls the
 * module. */
static char lower_letter(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Counts insertions, deletions, replacements and swapped neighbours (optimal string alignment). */
static size_t edit_distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2], *spare;
	size_t length_a = strlen(a), length_b = strlen(b);

	if (length_a > WORD_MAX || length_b > WORD_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= length_b; j++)
		before[j] = last[j] = j;
	for (size_t i = 1; i <= length_a; i++) {
		row[0] = i;
		for (size_t j = 1; j <= length_b; j++) {
			size_t differs = lower_letter(a[i - 1]) != lower_letter(b[j - 1]);

			row[j] = least_of_three(row[j - 1] + 1, last[j] + 1, last[j - 1] + differs);
			if (i > 1 && j > 1 && lower_letter(a[i - 1]) == lower_letter(b[j - 2]) &&
				lower_letter(a[i - 2]) == lower_letter(b[j - 1]) &&
				before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[length_b];
}

void suggest_try(struct suggestion *suggestion, const char *candidate)
{
	size_t near = 1 + strlen(suggestion->word) / 4;
	size_t far = edit_distance(suggestion->word, candidate);

	if (far > near || far >= strlen(candidate))
		return;
	if (suggestion->best && suggestion->distance <= far)
		return;
	suggestion->best = candidate;
	suggestion->distance = far;
}
