/* SPDX-License-Identifier: MIT */
/*
 * progress.h - shows on stderr how far a long operation is.
 *
 * On a terminal it is one live line, which is erased at the end; otherwise it is a line for each
 * step, so that a log shows each step once.
 */
#ifndef CARREL_GUEST_PROGRESS_H
#define CARREL_GUEST_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	char subject[80]; /* "debian-13" */
	char text[160];   /* what the present step does */
	unsigned step, steps;
	bool live, shown;
	uint64_t began, drawn; /* microseconds of CLOCK_MONOTONIC */
};

/* Begins an operation of @steps steps on @subject, which is copied. @steps is 0 where nobody knows
 * how many. */
void progress_begin(struct progress *progress, const char *subject, unsigned steps);

/* Begins the next step. The text says what it does. */
void progress_step(struct progress *progress, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Shows how far the step is, and for how long it has been going on; on a terminal only. It is to be
 * called whenever there is something to tell, or to show that time passes. @note may be NULL. */
void progress_note(struct progress *progress, const char *note);

/* Erases the live line, before anything else is printed. */
void progress_clear(struct progress *progress);

/* Returns the seconds since progress_begin(). */
double progress_seconds(const struct progress *progress);

#endif
