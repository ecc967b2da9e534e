/* SPDX-License-Identifier: MIT */
/* cgroup_test.h - says what went wrong, and goes on: a test names all that is wrong at once. */
#ifndef CARREL_TESTS_CGROUP_TEST_H
#define CARREL_TESTS_CGROUP_TEST_H

#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

#define CHECK(condition, ...)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			failures++;                                                                \
			printf("%s:%d: %s: ", __FILE__, __LINE__, #condition);                     \
			printf(__VA_ARGS__);                                                       \
			printf("\n");                                                              \
		}                                                                                  \
	} while (0)

__attribute__((unused)) static const char *why(const struct carrel_error *err)
{
	static char text[2 * CARREL_ERROR_TEXT_MAX];

	return error_format(err, text, sizeof(text));
}

#endif
