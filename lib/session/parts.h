/* SPDX-License-Identifier: MIT */
/*
 * parts.h - what the module makes of a view itself, while session-init is being started: the file
 * systems that are the same whoever makes them.
 */
#ifndef CARREL_SESSION_PARTS_H
#define CARREL_SESSION_PARTS_H

#include "plan/plan.h"

#include <stddef.h>

/* Mounts that are nowhere yet, in the order of their operations. The descriptors are O_CLOEXEC. */
struct parts {
	int fd[PLAN_PARTS_MAX];
	size_t count;
};

/* Makes each tmpfs of @ops, and the folders in it, and marks these operations (PLAN_OP_MADE). What
 * fails is left to session-init, which then tells why. To be given to parts_free(). */
void parts_make(struct plan_ops *ops, struct parts *ret_parts);

/* Closes the descriptors; what no process holds then is gone. */
void parts_free(struct parts *parts);

#endif
