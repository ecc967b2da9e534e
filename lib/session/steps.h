/* SPDX-License-Identifier: MIT */
/*
 * steps.h - a change to the system as a table of steps, run by one loop.
 *
 * Each step undoes itself where it fails half-way; one that succeeded is undone by its undo, in
 * reverse order, when a later one fails. What is left is what was there before.
 */
#ifndef CARREL_SESSION_STEPS_H
#define CARREL_SESSION_STEPS_H

#include "base/error.h"

#include <stddef.h>

struct step {
	const char *name; /* first word of the message when it fails */
	int (*run)(void *context, struct carrel_error *err);
	void (*undo)(void *context); /* may be NULL; cannot fail, must not change errno's meaning */
};

/*
 * Runs @steps in order. Returns 0; or the -errno of the step that failed, after undoing those
 * before it, with "STEP: " put before the text of @err.
 */
int steps_run(const struct step *steps, size_t count, void *context, struct carrel_error *err);

#endif
