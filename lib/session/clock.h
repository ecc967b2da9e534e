/* SPDX-License-Identifier: MIT */
/*
 * clock.h - the step of opening.c that gives a session its clocks: [namespaces] time = private.
 *
 * It makes a time namespace for the children that the caller will have, with the clocks of the one
 * that session-init has made for its own. The caller's own clocks do not change: what it has noted
 * of them stays true, and processes are named by their start times as before. It is not the same
 * namespace, since setns(2) would move the caller as well. namespaces_restore() leads back.
 *
 * The context of each is a struct opening.
 */
#ifndef CARREL_SESSION_CLOCK_H
#define CARREL_SESSION_CLOCK_H

#include "base/error.h"

#include <stdbool.h>

/* Returns whether the plan has such clocks. */
bool clock_is_planned(const void *context);

/* Takes the step. Returns 0, or -errno and @err, and then nothing has changed: -EUSERS for a caller
 * with several threads, which could not go back. */
int clock_enter(void *context, struct carrel_error *err);

/* Undoes it. */
void clock_leave(void *context);

#endif
