/* SPDX-License-Identifier: MIT */
/*
 * units.h - parses numbers with units as admins write them, and prints them back.
 *
 * A text is read whole or not at all: a sign, a blank, or anything after the number is an error.
 * All parsers return 0; -EINVAL where the text is not such a number; -ERANGE where the number does
 * not fit into 64 bits.
 */
#ifndef CARREL_BASE_UNITS_H
#define CARREL_BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

enum { UNITS_TEXT_MAX = 32 }; /* room for whatever a units_format_…() writes */

#define UNITS_MIB    (UINT64_C(1) << 20) /* bytes */
#define UNITS_TIB    (UINT64_C(1) << 40)
#define UNITS_PIB    (UINT64_C(1) << 50)
#define UNITS_SECOND UINT64_C(1000000) /* microseconds */
#define UNITS_DAY    (86400 * UNITS_SECOND)

/* Parses a plain number, such as "512". */
int units_parse_count(const char *text, uint64_t *ret_count);

/* Parses a size in bytes: "4096", "512K", "4G", "1T". The units are powers of 1024, in upper case.
 */
int units_parse_size(const char *text, uint64_t *ret_bytes);

/* Parses a whole number of percent: "25%", "200%". */
int units_parse_percent(const char *text, uint64_t *ret_percent);

/* Parses a duration into microseconds: "500ms", "5s", "30m", "1h", "2d". The unit is required. */
int units_parse_duration(const char *text, uint64_t *ret_usec);

/* These functions write a number in the largest unit that needs no fraction, so that the parser
 * above reads the same number back. They write to @buf, which has UNITS_TEXT_MAX bytes, and return
 * it. Durations are rounded down to whole milliseconds. */
const char *units_format_count(uint64_t count, char *buf);
const char *units_format_size(uint64_t bytes, char *buf);
const char *units_format_percent(uint64_t percent, char *buf);
const char *units_format_duration(uint64_t usec, char *buf);

#endif
