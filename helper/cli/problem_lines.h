/* SPDX-License-Identifier: MIT */
/*
 * problem_lines.h - prints the problems of policies and of carrel.ini.
 */
#ifndef CARREL_HELPER_CLI_PROBLEM_LINES_H
#define CARREL_HELPER_CLI_PROBLEM_LINES_H

#include "policy/policy.h"

/* Prints each problem as a line on standard error: "FILE:LINE: [SECTION] KEY: REASON". */
void problem_lines_print(const struct policy_problems *problems);

#endif
