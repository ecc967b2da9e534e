/* SPDX-License-Identifier: MIT */
/*
 * stack.h - judges whether the session rules of a PAM service call carrel as they should.
 */
#ifndef CARREL_HELPER_DOCTOR_STACK_H
#define CARREL_HELPER_DOCTOR_STACK_H

#include "doctor.h"
#include "helper/pam/stack.h"

#include <stdbool.h>

/* Returns true if some rule of the stack opens a session of carrel's. */
bool doctor_stack_is_wired(const struct pam_stack *stack);

/* Adds findings about the stack of @service, which is wired, to @doctor. The rule that opens should
 * come last and the one that closes first, and each should be there once. */
void doctor_stack_judge(struct doctor *doctor, const char *service, const struct pam_stack *stack);

#endif
