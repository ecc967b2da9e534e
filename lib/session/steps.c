// SPDX-License-Identifier: MIT
#include "session/steps.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void name_step(struct carrel_error *err, const char *name)
{
	char text[CARREL_ERROR_TEXT_MAX];

	if (!err)
		return;
	memcpy(text, err->text, sizeof(text));
	snprintf(err->text, sizeof(err->text), "%s: %.*s", name,
		(int)(sizeof(text) - strlen(name) - 3), text);
}

int steps_take(const struct step *steps, size_t count, void *context, struct steps_taken *ret_taken,
	struct carrel_error *err)
{
	*ret_taken = (struct steps_taken){.steps = steps};
	if (count > STEPS_MAX)
		return error_set(err, -E2BIG, "table of steps");
	for (size_t i = 0; i < count; i++) {
		int r = 0;

		if (!steps[i].when || steps[i].when(context)) {
			r = steps[i].run(context, err);
			ret_taken->ran[i] = r == 0;
		}
		if (r < 0) {
			name_step(err, steps[i].name);
			return r;
		}
		ret_taken->count = i + 1;
	}
	return 0;
}

void steps_undo(const struct steps_taken *taken, void *context)
{
	for (size_t i = taken->count; i-- > 0;)
		if (taken->ran[i] && taken->steps[i].undo)
			taken->steps[i].undo(context);
}

int steps_run(const struct step *steps, size_t count, void *context, struct carrel_error *err)
{
	struct steps_taken taken;
	int r = steps_take(steps, count, context, &taken, err);

	if (r < 0)
		steps_undo(&taken, context);
	return r;
}
