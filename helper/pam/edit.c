// SPDX-License-Identifier: MIT
#include "edit.h"
#include "base/cleanup.h"

#include <string.h>

#define BEGIN_MARK "# carrel: begin"
#define END_MARK   "# carrel: end"

/* This goes to the very top: what came first in a file, a comment that goes with the rule below it,
 * an @include or a rule, is somebody else's. */
static const char first_block[] =
	BEGIN_MARK " (written by `carrel setup`, taken out by `carrel setup --undo`; stays first)\n"
		   "session  required  " PAM_MODULE " " PAM_CLOSE "\n" END_MARK "\n";

static const char last_block[] =
	BEGIN_MARK " (written by `carrel setup`, taken out by `carrel setup --undo`; stays last)\n"
		   "account  required  " PAM_MODULE "\n"
		   "session  required  " PAM_MODULE "\n" END_MARK "\n";

static bool line_begins(const char *line, const char *prefix)
{
	return strncmp(line, prefix, strlen(prefix)) == 0;
}

/* Returns whether the line, a rule and no comment, names carrel's module. */
static bool names_module(const char *line, size_t length)
{
	size_t comment = strcspn(line, "#\n");

	return memmem(line, comment < length ? comment : length, PAM_MODULE, strlen(PAM_MODULE)) !=
	       NULL;
}

/* Returns whether the line belongs to the block. *inside is kept from line to line. */
static bool is_ours(const char *line, size_t length, bool *inside)
{
	if (line_begins(line, BEGIN_MARK)) {
		*inside = true;
		return true;
	}
	if (*inside && line_begins(line, END_MARK)) {
		*inside = false;
		return true;
	}
	return *inside && names_module(line, length);
}

static size_t line_length(const char *line)
{
	size_t length = strcspn(line, "\n");

	return length + (line[length] == '\n');
}

char *pam_unwire(const char *text)
{
	char *kept = malloc(strlen(text) + 1);
	bool inside = false;
	size_t used = 0;

	if (!kept)
		return NULL;
	while (*text) {
		size_t length = line_length(text);

		if (!is_ours(text, length, &inside)) {
			memcpy(kept + used, text, length);
			used += length;
		}
		text += length;
	}
	kept[used] = '\0';
	return kept;
}

char *pam_wire(const char *text)
{
	cleanup_free char *kept = pam_unwire(text);
	char *wired;
	size_t length;

	if (!kept)
		return NULL;
	length = strlen(kept);
	if (asprintf(&wired, "%s%s%s%s", first_block, kept,
		    length > 0 && kept[length - 1] != '\n' ? "\n" : "", last_block) < 0)
		return NULL;
	return wired;
}

bool pam_has_block(const char *text)
{
	for (; *text; text += line_length(text))
		if (line_begins(text, BEGIN_MARK))
			return true;
	return false;
}

unsigned pam_foreign_line(const char *text)
{
	bool inside = false;

	for (unsigned number = 1; *text; number++) {
		size_t length = line_length(text);

		if (!is_ours(text, length, &inside) && names_module(text, length))
			return number;
		text += length;
	}
	return 0;
}
