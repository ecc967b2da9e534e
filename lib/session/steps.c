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

int steps_run(const struct step *steps, size_t count, void *context, struct carrel_error *err)
{
	bool ran[STEPS_MAX] = {false};

	if (count > STEPS_MAX)
		return error_set(err, -E2BIG, "table of steps");
	for (size_t i = 0; i < count; i++) {
		int r = 0;

		if (!steps[i].when || steps[i].when(context)) {
			r = steps[i].run(context, err);
			ran[i] = true;
		}
		if (r == 0)
			continue;
		name_step(err, steps[i].name);
		for (size_t done = i; done-- > 0;)
			if (ran[done] && steps[done].undo)
				steps[done].undo(context);
		return r;
	}
	return 0;
}
