/* SPDX-License-Identifier: MIT */
/*
 * error.h - records what failed, on which object, and why.
 *
 * Library code never logs or prints: it fills a struct carrel_error and returns its code. One place
 * in each program turns the error into a line: a syslog line in the module, "carrel: WHAT OBJECT:
 * WHY" on standard error in the command.
 */
#ifndef CARREL_BASE_ERROR_H
#define CARREL_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

enum { CARREL_ERROR_TEXT_MAX = 1024 };

struct carrel_error {
	int code;                         /* 0, or a negative errno */
	char text[CARREL_ERROR_TEXT_MAX]; /* "memory.max of user 1001"; one line, always terminated
					   */
	char why[CARREL_ERROR_TEXT_MAX];  /* a reason better than strerror(-code), or "" */
	bool installation;                /* error_installation() */
};

/*
 * Records that the operation in the text failed with @code, a negative errno that says enough.
 * @err may be NULL. Replaces control characters, so that the text stays one line whatever a user
 * has put into it. Returns @code: "return error_set(err, -errno, "open %s", path);" is the common
 * use.
 */
int error_set(struct carrel_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds a reason to an error that error_set() has set, where its errno says too little. Returns the
 * code of the error, or -EINVAL where @err is NULL, so that the result is never a success. */
int error_why(struct carrel_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Marks an error that has been set as one of a broken installation: a program of carrel's is
 * missing or of another version, or the kernel lacks what the view needs. Only code that finds such
 * a fault, and knows that no user can cause it, may call this: on_error = allow goes by this mark
 * alone, because a user may be able to cause the same errno elsewhere.
 */
void error_installation(struct carrel_error *err);

/*
 * Writes "TEXT: WHY" into @buf, cut to @size and terminated, and returns @buf. An error that was
 * never set is an "unknown error".
 */
const char *error_format(const struct carrel_error *err, char *buf, size_t size);

#endif
