// SPDX-License-Identifier: MIT
#include "output.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "command.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *output_style(enum output_style style)
{
	static const char *const sequence[] = {
		[STYLE_PLAIN] = "\033[0m",
		[STYLE_BOLD] = "\033[1m",
		[STYLE_DIM] = "\033[2m",
		[STYLE_RED] = "\033[31m",
		[STYLE_GREEN] = "\033[32m",
		[STYLE_YELLOW] = "\033[33m",
	};
	const char *no_color = getenv("NO_COLOR");

	if ((no_color && no_color[0]) || !isatty(STDOUT_FILENO))
		return "";
	return sequence[style];
}

void table_add(struct output_table *table, const char *format, ...)
{
	char *text = NULL;
	va_list args;
	int n;

	if (table->n_cells == table->room) {
		size_t room = table->room ? table->room * 2 : 64;
		char **grown = reallocarray(table->cell, room, sizeof(*grown));

		if (!grown) {
			table->failed = true;
			return;
		}
		table->cell = grown;
		table->room = room;
	}
	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0) {
		table->failed = true;
		return;
	}
	text_sanitize(text);
	table->cell[table->n_cells++] = text;
}

void table_free(struct output_table *table)
{
	for (size_t i = 0; i < table->n_cells; i++)
		free(table->cell[i]);
	free(table->cell);
	table->cell = NULL;
	table->n_cells = table->room = 0;
}

/* Returns the cell @index; the heads are the first row. */
static const char *cell_at(const struct output_table *table, size_t index)
{
	return index < table->columns ? table->column[index].head
				      : table->cell[index - table->columns];
}

static int column_width(const struct output_table *table, size_t column)
{
	size_t width = 0;

	for (size_t i = column; i < table->columns + table->n_cells; i += table->columns)
		if (strlen(cell_at(table, i)) > width)
			width = strlen(cell_at(table, i));
	return (int)width;
}

int table_print(struct output_table *table)
{
	if (table->failed) {
		table_free(table);
		return command_error(COMMAND_FAILED, "output: out of memory");
	}
	fputs(output_style(STYLE_BOLD), stdout);
	for (size_t i = 0; i < table->columns + table->n_cells; i++) {
		size_t column = i % table->columns;
		bool last = column + 1 == table->columns, right = table->column[column].right;

		printf(right ? "%*s" : "%-*s", last && !right ? 0 : column_width(table, column),
			cell_at(table, i));
		if (i + 1 == table->columns)
			fputs(output_style(STYLE_PLAIN), stdout);
		fputs(last ? "\n" : "  ", stdout);
	}
	table_free(table);
	return COMMAND_DONE;
}

json_t *output_string(const char *text)
{
	cleanup_free char *copy = NULL;
	json_t *string = json_string(text);

	if (string)
		return string;
	copy = strdup(text);
	if (!copy)
		return NULL;
	text_sanitize(copy);
	return json_string(copy);
}

json_t *output_number(uint64_t number)
{
	return number > INT64_MAX ? json_null() : json_integer((json_int_t)number);
}

json_t *output_append(json_t *list, json_t *item)
{
	if (list && json_array_append_new(list, item) == 0)
		return list;
	if (!list)
		json_decref(item);
	json_decref(list);
	return NULL;
}

int output_json(json_t *root)
{
	int r;

	if (!root)
		return command_error(COMMAND_FAILED, "output: out of memory");
	r = json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	json_decref(root);
	if (r < 0)
		return command_error(COMMAND_FAILED, "standard output: cannot be written");
	putchar('\n');
	return COMMAND_DONE;
}

void output_problems(const struct policy_problems *problems)
{
	char line[2048];

	fflush(stdout);
	for (size_t i = 0; i < problems->count; i++) {
		policy_problem_format(&problems->item[i], line, sizeof(line));
		text_sanitize(line);
		fprintf(stderr, "%s\n", line);
	}
}

const char *output_count(uint64_t number, char *buf, size_t size)
{
	if (number == UINT64_MAX)
		snprintf(buf, size, "-");
	else
		snprintf(buf, size, "%llu", (unsigned long long)number);
	return buf;
}

const char *output_size(uint64_t bytes, char *buf, size_t size)
{
	static const char unit[] = "KMGTPE";
	double value = (double)bytes;
	size_t i = 0;

	if (bytes == UINT64_MAX)
		snprintf(buf, size, "-");
	else if (bytes < 1024)
		snprintf(buf, size, "%u", (unsigned)bytes);
	else {
		for (value /= 1024; value >= 1023.95 && unit[i + 1]; i++)
			value /= 1024;
		snprintf(buf, size,
			bytes % 1024 == 0 && value == (double)(uint64_t)value ? "%.0f%c" : "%.1f%c",
			value, unit[i]);
	}
	return buf;
}

const char *output_duration(uint64_t usec, char *buf, size_t size)
{
	uint64_t seconds = usec / 1000000;

	if (usec == UINT64_MAX)
		snprintf(buf, size, "-");
	else if (seconds < 60)
		snprintf(buf, size, "%.1fs", (double)usec / 1e6);
	else if (seconds < 3600)
		snprintf(buf, size, "%um%02us", (unsigned)(seconds / 60), (unsigned)(seconds % 60));
	else
		snprintf(buf, size, "%lluh%02um", (unsigned long long)(seconds / 3600),
			(unsigned)(seconds / 60 % 60));
	return buf;
}

const char *output_time(uint64_t seconds, char *buf, size_t size)
{
	time_t when = (time_t)seconds;
	struct tm tm;

	if (!localtime_r(&when, &tm) || strftime(buf, size, "%Y-%m-%d %H:%M", &tm) == 0)
		snprintf(buf, size, "?");
	return buf;
}
