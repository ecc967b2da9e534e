// SPDX-License-Identifier: MIT
#include "base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct unit {
	const char *name;
	uint64_t factor;
};

/* Formatting tries the units in this order, from the largest to the smallest. */
static const struct unit size_units[] = {
	{"T", UINT64_C(1) << 40},
	{"G", UINT64_C(1) << 30},
	{"M", UINT64_C(1) << 20},
	{"K", UINT64_C(1) << 10},
	{"", 1},
	{NULL, 0},
};

static const struct unit duration_units[] = {
	{"d", UINT64_C(86400000000)},
	{"h", UINT64_C(3600000000)},
	{"m", UINT64_C(60000000)},
	{"s", UINT64_C(1000000)},
	{"ms", UINT64_C(1000)},
	{NULL, 0},
};

static const struct unit count_units[] = {{"", 1}, {NULL, 0}};
static const struct unit percent_units[] = {{"%", 1}, {NULL, 0}};

/* Parses digits itself, because strtoull(3) would also take blanks, signs and whatever the locale
 * regards as digits. */
static int parse_with_units(const char *text, const struct unit *units, uint64_t *ret_number)
{
	uint64_t number = 0;
	size_t digits = 0;
	int overflow = 0;

	for (; text[digits] >= '0' && text[digits] <= '9'; digits++) {
		if (__builtin_mul_overflow(number, 10, &number) ||
			__builtin_add_overflow(number, (uint64_t)(text[digits] - '0'), &number))
			overflow = 1;
	}
	if (digits == 0)
		return -EINVAL;
	for (; units->name; units++) {
		if (strcmp(text + digits, units->name) != 0)
			continue;
		if (overflow || __builtin_mul_overflow(number, units->factor, &number))
			return -ERANGE;
		*ret_number = number;
		return 0;
	}
	return -EINVAL;
}

static const char *format_with_units(uint64_t number, const struct unit *units, char *buf)
{
	/* The smallest unit takes what no larger one divides, and zero, which every unit would
	 * divide. */
	while (units[1].name && (number == 0 || number % units->factor != 0))
		units++;
	snprintf(buf, UNITS_TEXT_MAX, "%" PRIu64 "%s", number / units->factor, units->name);
	return buf;
}

int units_parse_count(const char *text, uint64_t *ret_count)
{
	return parse_with_units(text, count_units, ret_count);
}

int units_parse_size(const char *text, uint64_t *ret_bytes)
{
	return parse_with_units(text, size_units, ret_bytes);
}

int units_parse_percent(const char *text, uint64_t *ret_percent)
{
	return parse_with_units(text, percent_units, ret_percent);
}

int units_parse_duration(const char *text, uint64_t *ret_usec)
{
	return parse_with_units(text, duration_units, ret_usec);
}

const char *units_format_count(uint64_t count, char *buf)
{
	return format_with_units(count, count_units, buf);
}

const char *units_format_size(uint64_t bytes, char *buf)
{
	return format_with_units(bytes, size_units, buf);
}

const char *units_format_percent(uint64_t percent, char *buf)
{
	return format_with_units(percent, percent_units, buf);
}

const char *units_format_duration(uint64_t usec, char *buf)
{
	return format_with_units(usec, duration_units, buf);
}
