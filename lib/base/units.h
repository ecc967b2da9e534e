/* SPDX-License-Identifier: MIT */
/*
 * units.h - numbers with units, as admins write them and as they are printed back.
 *
 * A text is read whole or not at all: no sign, no blank, no rest, no silent overflow.
 * All parsers return 0, -EINVAL where the text is not such a number, or -ERANGE where it is one
 * that does not fit into 64 bits.
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

/* "512" */
int units_parse_count(const char *text, uint64_t *ret_count);

/* "4096", "512K", "4G", "1T": bytes; the units are powers of 1024, in upper case. */
int units_parse_size(const char *text, uint64_t *ret_bytes);

/* "25%", "200%": whole percents. */
int units_parse_percent(const char *text, uint64_t *ret_percent);

/* "500ms", "5s", "30m", "1h", "2d": microseconds. The unit must be there. */
int units_parse_duration(const char *text, uint64_t *ret_usec);

/* These write what the parser above reads back as the same number, in the largest unit that needs
 * no fraction. @buf has UNITS_TEXT_MAX bytes; they return it. Durations are rounded down to whole
 * milliseconds. */
const char *units_format_count(uint64_t count, char *buf);
const char *units_format_size(uint64_t bytes, char *buf);
const char *units_format_percent(uint64_t percent, char *buf);
const char *units_format_duration(uint64_t usec, char *buf);

#endif
