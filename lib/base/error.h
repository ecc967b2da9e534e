/* SPDX-License-Identifier: MIT */
/*
 * error.h - what failed, on which object, and why.
 *
 * Library code never logs or prints: it fills a struct carrel_error and returns its code. One place
 * per program turns it into a line: a syslog line in the module, "carrel: WHAT OBJECT: WHY" in the
 * command.
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
 * Records a failure of an object whose errno says enough. @code is a negative errno. @err may be
 * NULL. Control characters in the text are replaced, so that it stays one line whatever a user put
 * into it. Returns @code, so that a caller can write: return error_set(err, -errno, "open %s", p);
 */
int error_set(struct carrel_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds the reason to an error already set by error_set(), where errno says too little. Returns its
 * code, or -EINVAL where nobody asks (@err is NULL): returned by a caller, it never is a success.
 */
int error_why(struct carrel_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Marks an error already set as one of a broken installation: a program of carrel's that is missing
 * or of another version, or a kernel that lacks what the view needs. Only who finds that, and knows
 * that no user can bring it about, says so: on_error = allow goes by this mark and by nothing else,
 * for the same errno may be a user's doing elsewhere.
 */
void error_installation(struct carrel_error *err);

/*
 * Writes "TEXT: WHY" into @buf (always terminated, cut if it must be) and returns @buf.
 * An error never set gives "unknown error".
 */
const char *error_format(const struct carrel_error *err, char *buf, size_t size);

/* Replaces control and non-ASCII bytes of @text by '?', in place: log lines stay one line. */
void text_sanitize(char *text);

#endif
