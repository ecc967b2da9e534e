/* SPDX-License-Identifier: MIT */
/*
 * sandbox.h - the steps of opening.c by which a login gets its sandbox: one of its own, or the one
 * that the user's logins share. The context of each is a struct opening.
 */
#ifndef CARREL_SESSION_SANDBOX_H
#define CARREL_SESSION_SANDBOX_H

#include "session/opening.h"

/* Returns true if the login gets a sandbox of its own. */
bool sandbox_is_own(const void *context);

/* Begins to start a session-init of the login's own, where the caller stands, and does not wait for
 * it. Returns 0 or -errno. */
int sandbox_start(void *context, struct carrel_error *err);

/* Undoes sandbox_start(), and what has become of it since. */
void sandbox_stop(void *context);

/* Sends the session-init that has been started its plan; or joins the user's sandbox, or makes it.
 * Returns 0 or -errno. */
int sandbox_make(void *context, struct carrel_error *err);

/* Leaves the sandbox that sandbox_make() has joined, or ends the one that it has made to be shared.
 * A session-init of the login's own is left to sandbox_stop(). */
void sandbox_leave(void *context);

/* Waits until session-init has carried out the plan. Returns 0 or -errno. */
int sandbox_await(void *context, struct carrel_error *err);

#endif
