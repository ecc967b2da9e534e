/* SPDX-License-Identifier: MIT */
/*
 * problems.h - collects why files are refused.
 */
#ifndef CARREL_POLICY_PROBLEMS_H
#define CARREL_POLICY_PROBLEMS_H

#include "policy/policy.h"

/* A reason is cut at this many bytes. */
enum { PROBLEM_REASON_MAX = 512 };

/*
 * Adds a problem, whose reason is the formatted text. @line 0 means the file as a whole; @section
 * and
 * @key may be NULL. Control characters are replaced, so that a problem stays one line whatever
 * stands in the file. Returns -EINVAL, so that a caller can return the call, or -ENOMEM.
 */
int problems_add(struct policy_problems *problems, const char *file, unsigned line,
	const char *section, const char *key, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/* Moves all problems of @from to the end of @to. Returns 0, or -ENOMEM with both unchanged. */
int problems_move(struct policy_problems *to, struct policy_problems *from);

#endif
