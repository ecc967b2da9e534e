/* SPDX-License-Identifier: MIT */
/*
 * progress.h - where a long operation stands, on stderr.
 *
 * On a terminal it is one live line, which is gone at the end; otherwise a line a step, so that a
 * log shows them once.
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

/* Begins an operation of @steps steps on @subject; 0: nobody knows how many. */
void progress_begin(struct progress *progress, const char *subject, unsigned steps);

/* The next step. */
void progress_step(struct progress *progress, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* How far the step is, on a terminal only; to be called as often as there is something to tell,
 * or to show that time goes by. @note may be NULL. */
void progress_note(struct progress *progress, const char *note);

/* Takes the live line away, before anything else is printed. */
void progress_clear(struct progress *progress);

/* Seconds since it began. */
double progress_seconds(const struct progress *progress);

#endif
