/* SPDX-License-Identifier: MIT */
/*
 * control.h - what root asks for at GUEST_CONTROL.
 *
 * A request is a line {"do": "status" | "stop" | "console"}. The answer is {"state": …}; or lines
 * {"phase": …} and {"ended": …}; or {"console": true} and the console, or
 * "!WHY NOT"; or {"error": …}.
 */
#ifndef CARREL_GUEST_SUPERVISOR_CONTROL_H
#define CARREL_GUEST_SUPERVISOR_CONTROL_H

#include "visitors.h"

#include <stdbool.h>

/* Reads what there is of a request of @visitor, and does what it asks for once it is whole. Returns
 * whether the visitor stays. */
bool control_obey(struct guest *guest, struct visitor *visitor);

/* Gives the guest's console to @visitor, or says why not. The console has visitor->fd then, or the
 * caller dismisses the visitor. */
void control_attach(struct guest *guest, struct visitor *visitor);

/* Sends the line {"@name": "@value"} without waiting. Returns false where it is not taken. */
bool control_tell(int fd, const char *name, const char *value);

#endif
