// SPDX-License-Identifier: MIT
#include "progress.h"
#include "base/deadline.h"
#include "base/error.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { REDRAW_USEC = 100 * 1000, LINE_MAX_COLUMNS = 200 };

/* Returns the width of the line: one that wraps cannot be overwritten. */
static int terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return 79;
	return size.ws_col > LINE_MAX_COLUMNS ? LINE_MAX_COLUMNS : size.ws_col - 1;
}

void progress_begin(struct progress *progress, const char *subject, unsigned steps)
{
	*progress = (struct progress){
		.steps = steps, .live = isatty(STDERR_FILENO) == 1, .began = deadline_in(0)};
	snprintf(progress->subject, sizeof(progress->subject), "%s", subject);
	text_sanitize(progress->subject);
}

/* Writes the beginning of a line, "debian-13: 2/4 ", and returns @buf. */
static const char *line_head(const struct progress *progress, char *buf, size_t size)
{
	if (progress->steps == 0)
		snprintf(buf, size, "%s: ", progress->subject);
	else
		snprintf(buf, size, "%s: %u/%u ", progress->subject, progress->step,
			progress->steps);
	return buf;
}

void progress_step(struct progress *progress, const char *format, ...)
{
	char before[128];
	va_list args;

	va_start(args, format);
	vsnprintf(progress->text, sizeof(progress->text), format, args);
	va_end(args);
	text_sanitize(progress->text);
	progress->step++;
	if (!progress->live)
		fprintf(stderr, "%s%s\n", line_head(progress, before, sizeof(before)),
			progress->text);
	progress->drawn = 0;
	progress_note(progress, NULL);
}

void progress_note(struct progress *progress, const char *note)
{
	char line[512], before[128];

	if (!progress->live || deadline_in(0) - progress->drawn < REDRAW_USEC)
		return;
	progress->drawn = deadline_in(0);
	snprintf(line, sizeof(line), "%s%s, %.0f s%s%s",
		line_head(progress, before, sizeof(before)), progress->text,
		progress_seconds(progress), note ? ": " : "", note ? note : "");
	text_sanitize(line);
	fprintf(stderr, "\r%.*s\033[K", terminal_columns(), line);
	progress->shown = true;
}

void progress_clear(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}

double progress_seconds(const struct progress *progress)
{
	return (double)(deadline_in(0) - progress->began) / 1e6;
}
