/* SPDX-License-Identifier: MIT */
/*
 * stack.h - do the session rules of one service lead to carrel as they should?
 */
#ifndef CARREL_HELPER_DOCTOR_STACK_H
#define CARREL_HELPER_DOCTOR_STACK_H

#include "doctor.h"
#include "helper/pam/stack.h"

#include <stdbool.h>

/* Whether any rule opens a session of carrel's. */
bool doctor_stack_is_wired(const struct pam_stack *stack);

/* Adds the findings on a stack that is wired: the rule that opens is the last, the one that closes
 * the first, and each is there once a file. */
void doctor_stack_judge(struct doctor *doctor, const char *service, const struct pam_stack *stack);

#endif
