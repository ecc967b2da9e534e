/* SPDX-License-Identifier: MIT */
/*
 * tracee.h - the processes of a login that is followed, and what they are about to call.
 */
#ifndef CARREL_FAULTS_TRACEE_H
#define CARREL_FAULTS_TRACEE_H

#include "faults.h"

#include <stdint.h>

enum { TRACEES = 16, TEXT = 120 };

struct tracee {
	pid_t pid; /* 0: a free row */
	enum role role;
	bool known;   /* its parent has told of it */
	bool stopped; /* before that: it waits for us */
	bool seized;  /* it was there before, and stays */
	bool inside;  /* between the entry and the end of a call */
	bool held;    /* it does not go on: ACTION_STOP */
	int fail;     /* the error that this call ends with */
	long calls;
	uint64_t number;
	char text[2][TEXT];
};

extern struct tracee tracees[TRACEES];

/* The row of @pid; NULL where it is not followed. */
struct tracee *tracee_find(pid_t pid);

/* The row of @pid, made where there is none; ends the program where there is no room for it. */
struct tracee *tracee_add(pid_t pid);

/* Whether one is left of those that were there before (@seized), or of the login's own. */
bool tracee_any_left(bool seized);

/* Reads one line of what is at @address of @pid into @text (TEXT bytes); "" where that is none. */
void tracee_read_text(pid_t pid, uint64_t address, char *text);

/* Returns whether system call @number is an allocator's, or waits for another task. Those come now
 * and then, differently each time: they are not counted, so that the others keep their numbers. */
bool tracee_call_uncounted(uint64_t number);

#endif
