/* SPDX-License-Identifier: MIT */
/*
 * problem_lines.h - the problems that policies and carrel.ini have, on stderr.
 */
#ifndef CARREL_HELPER_CLI_PROBLEM_LINES_H
#define CARREL_HELPER_CLI_PROBLEM_LINES_H

#include "policy/policy.h"

/* One line each: "FILE:LINE: [SECTION] KEY: REASON". */
void problem_lines_print(const struct policy_problems *problems);

#endif
