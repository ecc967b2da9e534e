/* SPDX-License-Identifier: MIT */
/*
 * expect.h - compares what a unit test gets with what it wants. A test goes on after a failure, so
 * that one run names all that is wrong.
 */
#ifndef CARREL_TESTS_EXPECT_H
#define CARREL_TESTS_EXPECT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int expect_failures;

/* Prints the message as a line on standard error and counts a failure. */
__attribute__((format(printf, 1, 2))) static inline void expect_failed(const char *format, ...)
{
	va_list args;

	expect_failures++;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* Counts a failure of @what unless @ok. */
static inline void expect_true(const char *what, bool ok)
{
	if (!ok)
		expect_failed("%s", what);
}

/* Counts a failure of @what unless @got is @wanted; a negative one is printed as an errno, too. */
static inline void expect_number(const char *what, int64_t got, int64_t wanted)
{
	if (got == wanted)
		return;
	if (got < 0)
		expect_failed("%s: %lld (%s), not %lld", what, (long long)got, strerror((int)-got),
			(long long)wanted);
	else
		expect_failed("%s: %lld, not %lld", what, (long long)got, (long long)wanted);
}

/* Returns the exit code of the test. */
static inline int expect_result(void)
{
	return expect_failures ? 1 : 0;
}

#endif
