/* SPDX-License-Identifier: MIT */
/*
 * output.h - prints what a verb has found: an aligned table or one JSON document, with colour where
 * stdout is a terminal.
 *
 * Every cell is sanitised, because names, terminals and remote hosts come from outside.
 */
#ifndef CARREL_HELPER_CLI_OUTPUT_H
#define CARREL_HELPER_CLI_OUTPUT_H

#include "policy/policy.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum output_style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_RED, STYLE_GREEN, STYLE_YELLOW };

/* Returns the escape sequence that begins @style; that of STYLE_PLAIN ends any style. Returns ""
 * where stdout is not a terminal or NO_COLOR is set (no-color.org). */
const char *output_style(enum output_style style);

struct output_column {
	const char *head;
	bool right; /* its cells are aligned to the right */
};

/* This holds rows of cells below their heads. The last column is not padded. */
struct output_table {
	const struct output_column *column;
	size_t columns;
	char **cell;
	size_t n_cells, room;
	bool failed; /* out of memory */
};

/* Makes an empty table of an array of columns. */
#define OUTPUT_TABLE(list)                                                                         \
	(struct output_table)                                                                      \
	{                                                                                          \
		.column = (list), .columns = sizeof(list) / sizeof((list)[0])                      \
	}

/* Adds the next cell, row by row. Where memory is short, notes that for table_print(). */
void table_add(struct output_table *table, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Prints the table and frees its cells. Returns COMMAND_DONE, or COMMAND_FAILED where memory was
 * short, after printing a message. */
int table_print(struct output_table *table);
/* Frees the cells of a table that is not printed. */
void table_free(struct output_table *table);

/* Makes a JSON string of untrusted bytes: unchanged if they are UTF-8, and otherwise with '?' for
 * control and non-ASCII bytes. The caller owns the reference. Returns NULL where memory is short.
 */
json_t *output_string(const char *text);

/* Makes a JSON number of a figure of the kernel's, or null of UINT64_MAX (unknown). The caller owns
 * the reference. Returns NULL where memory is short. */
json_t *output_number(uint64_t number);

/* Appends @item, which it takes over, to @list. Returns @list, or NULL, with the list released,
 * where memory is or was short: where either of them is NULL. */
json_t *output_append(json_t *list, json_t *item);

/* Prints the document and releases it. NULL as @root means that memory was short. Returns the exit
 * code, after printing a message if it is not COMMAND_DONE. */
int output_json(json_t *root);

/* Prints each problem as a line on standard error: "FILE:LINE: [SECTION] KEY: REASON". */
void output_problems(const struct policy_problems *problems);

/* Writes the number to @buf, or "-" for UINT64_MAX (unknown). Returns @buf. */
const char *output_count(uint64_t number, char *buf, size_t size);

/* Writes a size such as "1.5G" to @buf, or "-" for UINT64_MAX (unknown). Returns @buf. */
const char *output_size(uint64_t bytes, char *buf, size_t size);

/* Writes a duration such as "3.2s", "12m05s" or "3h20m" to @buf, or "-" for UINT64_MAX (unknown).
 * Returns @buf. */
const char *output_duration(uint64_t usec, char *buf, size_t size);

/* Writes @seconds since the epoch to @buf as local time, "2025-03-01 09:30", or "?" where they are
 * no time. Returns @buf. */
const char *output_time(uint64_t seconds, char *buf, size_t size);

#endif
