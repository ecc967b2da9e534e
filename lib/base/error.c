// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct carrel_error *err, int code, const char *format, ...)
{
	va_list args;

	if (!err)
		return code;
	err->code = code;
	err->why[0] = '\0';
	err->installation = false;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	text_sanitize(err->text);
	return code;
}

int error_why(struct carrel_error *err, const char *format, ...)
{
	va_list args;

	if (!err)
		return -EINVAL;
	va_start(args, format);
	vsnprintf(err->why, sizeof(err->why), format, args);
	va_end(args);
	text_sanitize(err->why);
	return err->code;
}

void error_installation(struct carrel_error *err)
{
	if (err)
		err->installation = true;
}

const char *error_format(const struct carrel_error *err, char *buf, size_t size)
{
	if (!err || err->code == 0)
		snprintf(buf, size, "unknown error");
	else if (err->why[0])
		snprintf(buf, size, "%s: %s", err->text, err->why);
	else
		/* strerrordesc_np is async-signal-safe and untranslated (glibc 2.32). */
		snprintf(buf, size, "%s: %s", err->text,
			strerrordesc_np(-err->code) ? strerrordesc_np(-err->code)
						    : "unknown error");
	return buf;
}
