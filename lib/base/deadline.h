/* SPDX-License-Identifier: MIT */
/*
 * deadline.h - sets one absolute time by which a whole operation has to be complete.
 */
#ifndef CARREL_BASE_DEADLINE_H
#define CARREL_BASE_DEADLINE_H

#include <stdint.h>

/* A deadline is a time in microseconds of CLOCK_MONOTONIC. */
typedef uint64_t deadline_t;

enum { DEADLINE_NEVER = 0 };

/* Returns the deadline that is @usec microseconds from now. */
deadline_t deadline_in(uint64_t usec);

/* Returns the microseconds left: 0 once @deadline has passed, UINT64_MAX for DEADLINE_NEVER. */
uint64_t deadline_left_usec(deadline_t deadline);

/* Returns the milliseconds left as poll(2) takes them: rounded up, and -1 for DEADLINE_NEVER. */
int deadline_left_ms(deadline_t deadline);

#endif
