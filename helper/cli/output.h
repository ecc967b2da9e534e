/* SPDX-License-Identifier: MIT */
/*
 * output.h - what the command prints: aligned tables, one JSON document, colour where it helps.
 *
 * Every cell is sanitised: names, terminals and remote hosts come from outside.
 */
#ifndef CARREL_HELPER_CLI_OUTPUT_H
#define CARREL_HELPER_CLI_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum output_style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_RED, STYLE_GREEN, STYLE_YELLOW };

/* The escape sequence that begins a style, STYLE_PLAIN ends it: "" where stdout is no terminal or
 * NO_COLOR is set (no-color.org). */
const char *output_style(enum output_style style);

/* Rows of cells, the first row being the header; the last column is not padded. */
struct output_table {
	size_t columns;
	unsigned right; /* bit N: column N is aligned to the right */
	char **cell;
	size_t n_cells, room;
	bool failed; /* out of memory */
};

/* Adds the next cell. */
void table_add(struct output_table *table, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Prints the table and frees it. Returns COMMAND_DONE, or COMMAND_FAILED (out of memory). */
int table_print(struct output_table *table);
void table_free(struct output_table *table);

/* A JSON string of untrusted bytes: as they are where they are UTF-8, '?' for what is not ASCII
 * otherwise. NULL is out of memory. */
json_t *output_string(const char *text);

/* A number of the kernel's, null for UINT64_MAX ("the kernel does not tell"). */
json_t *output_number(uint64_t number);

/* Prints the document and releases it. @root NULL is out of memory. Returns the exit code. */
int output_json(json_t *root);

/* "1.5G", "-" for UINT64_MAX. Returns @buf. */
const char *output_size(uint64_t bytes, char *buf, size_t size);

/* "3.2s", "12m05s", "3h20m", "-" for UINT64_MAX. Returns @buf. */
const char *output_duration(uint64_t usec, char *buf, size_t size);

/* Local time, "2025-03-01 09:30". Returns @buf. */
const char *output_time(uint64_t seconds, char *buf, size_t size);

#endif
