// SPDX-License-Identifier: MIT
#include "policy/reason.h"
#include "base/units.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int reason_refuse(char *reason, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reason, REASON_MAX, format, args);
	va_end(args);
	return -EINVAL;
}

void reason_append(char *reason, const char *format, ...)
{
	size_t used = strlen(reason);
	va_list args;

	va_start(args, format);
	vsnprintf(reason + used, REASON_MAX - used, format, args);
	va_end(args);
}

void reason_suggest_size(char *reason, const char *text)
{
	char guess[UNITS_TEXT_MAX];
	size_t digits = strspn(text, "0123456789");
	const char *unit = text + digits + strspn(text + digits, " ");
	uint64_t bytes;

	/* This guesses what "4g", "4GB", "4 GiB" and "2Gx" were meant to be. */
	if (strlen(text) >= sizeof(guess) || !*unit || !strchr("kKmMgGtT", *unit))
		return;
	snprintf(guess, sizeof(guess), "%.*s%c", (int)digits, text, *unit & ~0x20);
	if (units_parse_size(guess, &bytes) == 0)
		reason_append(reason, "; did you mean \"%s\"?", guess);
}
