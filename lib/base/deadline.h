/* SPDX-License-Identifier: MIT */
/*
 * deadline.h - one absolute moment by which a whole operation must be over.
 */
#ifndef CARREL_BASE_DEADLINE_H
#define CARREL_BASE_DEADLINE_H

#include <stdint.h>

/* Microseconds of CLOCK_MONOTONIC. */
typedef uint64_t deadline_t;

enum { DEADLINE_NEVER = 0 };

/* The moment @usec microseconds from now. */
deadline_t deadline_in(uint64_t usec);

/* Microseconds left, 0 once it has passed, UINT64_MAX for DEADLINE_NEVER. */
uint64_t deadline_left_usec(deadline_t deadline);

/* Milliseconds left as poll(2) takes them: rounded up, -1 for DEADLINE_NEVER. */
int deadline_left_ms(deadline_t deadline);

#endif
