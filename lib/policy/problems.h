/* SPDX-License-Identifier: MIT */
/*
 * problems.h - collects why files are refused.
 */
#ifndef CARREL_POLICY_PROBLEMS_H
#define CARREL_POLICY_PROBLEMS_H

#include "policy/policy.h"

/* Room for one reason; a longer one is cut. */
enum { PROBLEM_REASON_MAX = 512 };

/*
 * Adds one. @line 0 means the file as a whole; @section and @key may be NULL. Control characters
 * are replaced, so that a problem stays one line whatever stands in the file.
 * Returns -EINVAL, so that a caller can write return problems_add(...), or -ENOMEM.
 */
int problems_add(struct policy_problems *problems, const char *file, unsigned line,
	const char *section, const char *key, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/* Moves all of @from to the end of @to. 0 or -ENOMEM, with both unchanged. */
int problems_move(struct policy_problems *to, struct policy_problems *from);

#endif
