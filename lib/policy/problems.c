// SPDX-License-Identifier: MIT
#include "policy/problems.h"
#include "base/cleanup.h"

#include <stdarg.h>
#include <string.h>

static void problem_clear(struct policy_problem *problem)
{
	free(problem->file);
	free(problem->section);
	free(problem->key);
	free(problem->reason);
}

/* Replaces control characters. UTF-8 may stay, since a file with anything else is refused before
 * its text gets into a reason. */
static void replace_controls(char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
	}
}

static int grow_problems(struct policy_problems *problems, size_t more)
{
	struct policy_problem *item =
		reallocarray(problems->item, problems->count + more, sizeof(*item));

	if (!item)
		return -ENOMEM;
	problems->item = item;
	return 0;
}

int problems_add(struct policy_problems *problems, const char *file, unsigned line,
	const char *section, const char *key, const char *format, ...)
{
	char reason[PROBLEM_REASON_MAX];
	struct policy_problem problem = {.line = line};
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);

	problem.file = strdup(file);
	problem.section = strdup(section ? section : "");
	problem.key = strdup(key ? key : "");
	problem.reason = strdup(reason);
	if (!problem.file || !problem.section || !problem.key || !problem.reason ||
		grow_problems(problems, 1) < 0) {
		problem_clear(&problem);
		return -ENOMEM;
	}
	replace_controls(problem.file);
	replace_controls(problem.section);
	replace_controls(problem.key);
	replace_controls(problem.reason);
	problems->item[problems->count++] = problem;
	return -EINVAL;
}

int problems_move(struct policy_problems *to, struct policy_problems *from)
{
	if (from->count == 0)
		return 0;
	if (grow_problems(to, from->count) < 0)
		return -ENOMEM;
	memcpy(to->item + to->count, from->item, from->count * sizeof(*from->item));
	to->count += from->count;
	free(from->item);
	*from = (struct policy_problems){0};
	return 0;
}

void policy_problems_free(struct policy_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++)
		problem_clear(&problems->item[i]);
	free(problems->item);
	*problems = (struct policy_problems){0};
}

const char *policy_problem_format(const struct policy_problem *problem, char *buf, size_t size)
{
	char line[16] = "";
	bool section = problem->section[0] != '\0', key = problem->key[0] != '\0';

	if (problem->line)
		snprintf(line, sizeof(line), "%u:", problem->line);
	snprintf(buf, size, "%s:%s%s%s%s%s%s%s %s", problem->file, line, section ? " [" : "",
		problem->section, section ? "]" : "", key ? " " : "", problem->key,
		section || key ? ":" : "", problem->reason);
	return buf;
}
