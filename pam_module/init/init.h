/* SPDX-License-Identifier: MIT */
/*
 * init.h - the parts of session-init, PID 1 of a carrel.
 *
 * Static, one thread, no allocation, no formatting: it carries out the plan it is sent, answers,
 * and then waits for its leases to end. It is built with musl and knows nothing of libcarrel but
 * the format of the plan.
 */
#ifndef CARREL_INIT_INIT_H
#define CARREL_INIT_INIT_H

#include "plan/ops.h"

#include <stdbool.h>
#include <stddef.h>

enum { INIT_SOCKET = 3 }; /* the only descriptor that it is born with */

/* A plan as it came, checked: every offset lies within it and every string ends within it. */
struct init_plan {
	const struct plan_op *op;
	uint32_t n_setup, n_final;
	const char *bytes;
	int slot[PLAN_SLOTS]; /* -1: empty */
	int control;          /* where @control_uid may ask for the end; -1: nowhere */
	uint32_t control_uid;
	int asker; /* the connection that asked, -1: none */
};

/* Checks @size bytes at @message. 0, or a positive errno: EPROTO for another version. */
int init_plan_parse(const char *message, size_t size, struct init_plan *plan);

/* Carries out the set-up operations in order. 0, or a positive errno and the operation's index. */
int init_plan_apply(struct init_plan *plan, uint32_t *ret_op);

/* Carries out the final operations, whatever goes wrong with each. */
void init_plan_finish(struct init_plan *plan);

/* Closes what only the set-up needed; keeps the control socket and what the final operations name.
 */
void init_plan_settle(struct init_plan *plan);

/* Gives up every capability but that to end the session's processes. 0 or a positive errno. */
int init_drop_capabilities(void);

#endif
