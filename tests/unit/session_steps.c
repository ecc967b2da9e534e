// SPDX-License-Identifier: MIT
// what: a step that fails undoes those that ran before it, last first, and names itself in the error; steps that are only taken are undone when the caller says so
// needs:
// tier: fast
// deadline: 30s
#include "expect.h"
#include "session/steps.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct trace {
	char text[64];
	int fail_at;
};

static void note(struct trace *trace, char what)
{
	size_t used = strlen(trace->text);

	trace->text[used] = what;
	trace->text[used + 1] = '\0';
}

static int run(struct trace *trace, int index, struct carrel_error *err)
{
	note(trace, (char)('A' + index));
	return trace->fail_at == index ? error_set(err, -EIO, "object %d", index) : 0;
}

static int run_first(void *context, struct carrel_error *err)
{
	return run(context, 0, err);
}

static int run_second(void *context, struct carrel_error *err)
{
	return run(context, 1, err);
}

static int run_third(void *context, struct carrel_error *err)
{
	return run(context, 2, err);
}

static void undo_first(void *context)
{
	note(context, 'a');
}

static void undo_third(void *context)
{
	note(context, 'c');
}

static int run_left_out(void *context, struct carrel_error *err)
{
	note(context, 'X');
	return error_set(err, -EIO, "what is left out");
}

static void undo_left_out(void *context)
{
	note(context, 'x');
}

/* True before anything has run: whether a step is undone goes by what it was then. */
static bool at_first(const void *context)
{
	const struct trace *trace = context;

	return trace->text[0] == '\0';
}

static const struct step steps[] = {
	{"first", run_first, undo_first, at_first},
	{"left out", run_left_out, undo_left_out, at_first},
	{"second", run_second, NULL},
	{"third", run_third, undo_third},
};

static void expect_run(int fail_at, int wanted, const char *trace_wanted, const char *error_wanted)
{
	struct trace trace = {.fail_at = fail_at};
	struct carrel_error err = {0};
	char text[256] = "";
	int r = steps_run(steps, sizeof(steps) / sizeof(steps[0]), &trace, &err);

	if (r < 0)
		error_format(&err, text, sizeof(text));
	if (r == wanted && strcmp(trace.text, trace_wanted) == 0 && strcmp(text, error_wanted) == 0)
		return;
	expect_failed("failing at %d: %d %s \"%s\"", fail_at, r, trace.text, text);
}

/* Takes the steps, and undoes them only when told to, as guest-launch does. */
static void expect_take(
	int fail_at, int wanted, const char *taken_wanted, const char *undone_wanted)
{
	struct trace trace = {.fail_at = fail_at};
	struct carrel_error err = {0};
	struct steps_taken taken;
	int r = steps_take(steps, sizeof(steps) / sizeof(steps[0]), &trace, &taken, &err);

	if (r != wanted || strcmp(trace.text, taken_wanted) != 0)
		expect_failed("taken until %d: %d %s", fail_at, r, trace.text);
	steps_undo(&taken, &trace);
	if (strcmp(trace.text, undone_wanted) != 0)
		expect_failed("taken until %d and undone: %s", fail_at, trace.text);
}

int main(void)
{
	expect_run(-1, 0, "ABC", "");
	expect_run(0, -EIO, "A", "first: object 0: Input/output error");
	expect_run(1, -EIO, "ABa", "second: object 1: Input/output error");
	expect_run(2, -EIO, "ABCa", "third: object 2: Input/output error");
	expect_take(-1, 0, "ABC", "ABCca");
	expect_take(0, -EIO, "A", "A");
	expect_take(2, -EIO, "ABC", "ABCa");
	return expect_result();
}
