/* SPDX-License-Identifier: MIT */
/*
 * steps.h - a change to the system as a table of steps, run by one loop.
 *
 * A step that fails half-way undoes itself. Those that succeeded before are then undone by their
 * undo functions, in reverse order, so that what is left is what was there before.
 */
#ifndef CARREL_SESSION_STEPS_H
#define CARREL_SESSION_STEPS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct step {
	const char *name; /* first word of the message when it fails */
	int (*run)(void *context, struct carrel_error *err);
	void (*undo)(void *context);       /* cannot fail; NULL: nothing to undo */
	bool (*when)(const void *context); /* false: the step is left out; NULL: it never is */
};

/* A table has no more steps than this. */
enum { STEPS_MAX = 32 };

/* Says which steps of a table have been taken. It refers to the table, which has to stay. */
struct steps_taken {
	const struct step *steps;
	size_t count; /* of those that have been taken or left out */
	bool ran[STEPS_MAX];
};

/*
 * Runs @steps in order; asks for each, just before it would run, whether it is to run at all.
 * Returns 0; or the -errno of the step that failed, after undoing those that ran before it, with
 * "STEP: " put before the text of @err.
 */
int steps_run(const struct step *steps, size_t count, void *context, struct carrel_error *err);

/* Runs @steps as steps_run() does, but undoes nothing: the caller calls steps_undo(), after a
 * failure or whenever what the steps have made is no longer needed. Returns as steps_run() does, in
 * either case with what has been taken in *ret_taken. */
int steps_take(const struct step *steps, size_t count, void *context, struct steps_taken *ret_taken,
	struct carrel_error *err);

/* Undoes the steps that have been taken, in reverse order. */
void steps_undo(const struct steps_taken *taken, void *context);

#endif
