// SPDX-License-Identifier: MIT
#include "problem_lines.h"
#include "base/text.h"

#include <stdio.h>

void problem_lines_print(const struct policy_problems *problems)
{
	char line[2048];

	fflush(stdout);
	for (size_t i = 0; i < problems->count; i++) {
		policy_problem_format(&problems->item[i], line, sizeof(line));
		text_sanitize(line);
		fprintf(stderr, "%s\n", line);
	}
}
