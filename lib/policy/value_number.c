// SPDX-License-Identifier: MIT
/*
 * value_number.c - parses numbers, and words that stand for one.
 */
#include "base/units.h"
#include "policy/value.h"

#include <errno.h>
#include <string.h>

/* In cpu.max, 1 % of one CPU is 10 ms a second. */
enum { CPU_USEC_PER_PERCENT = 10000 };

static const char *const no_words[] = {"no", "false", "off", "0", NULL};
static const char *const yes_words[] = {"yes", "true", "on", "1", NULL};
static const char *const max_words[] = {"max", NULL};

static bool is_one_of(const char *const *words, const char *text)
{
	for (; words && *words; words++)
		if (strcmp(*words, text) == 0)
			return true;
	return false;
}

static int parse_bool(
	const struct key *key, const char *text, struct policy_value *ret_value, char *reason)
{
	(void)key;
	ret_value->choice = is_one_of(yes_words, text);
	if (ret_value->choice || is_one_of(no_words, text))
		return 0;
	return reason_refuse(reason, "\"%s\" is neither yes nor no", text);
}

static char *format_bool(const struct key *key, const struct policy_value *value)
{
	(void)key;
	return strdup(value->choice ? "yes" : "no");
}

static int store_bool(struct policy_value *value, void *at, size_t size)
{
	(void)size;
	*(bool *)at = value->choice;
	return 0;
}

static int parse_number(
	const struct key *key, const char *text, struct policy_value *ret_value, char *reason)
{
	const struct key_type *type = key->type;
	char min[UNITS_TEXT_MAX], max[UNITS_TEXT_MAX];
	uint64_t number = 0;
	int r = 0;

	if (is_one_of(type->unlimited, text)) {
		ret_value->number = POLICY_UNLIMITED;
		return 0;
	}
	if (is_one_of(type->zero, text))
		return 0;
	r = type->read(text, &number);
	if (r == -ERANGE)
		return reason_refuse(reason, "\"%s\" is too large a number", text);
	if (r < 0) {
		reason_refuse(reason, "\"%s\" is not %s", text, type->noun);
		if (type->read == units_parse_size)
			reason_suggest_size(reason, text);
		return -EINVAL;
	}
	if ((key->min || key->max) && (number < key->min || number > key->max))
		return reason_refuse(reason, "\"%s\" is out of bounds: %s to %s", text,
			type->print(key->min, min), type->print(key->max, max));
	ret_value->number = number;
	return 0;
}

static char *format_number(const struct key *key, const struct policy_value *value)
{
	const struct key_type *type = key->type;
	char buf[UNITS_TEXT_MAX];

	if (value->number == POLICY_UNLIMITED && type->unlimited)
		return strdup(type->unlimited[0]);
	if (value->number == 0 && type->zero)
		return strdup(type->zero[0]);
	return strdup(type->print(value->number, buf));
}

/* Stores into a uint64_t, or into a uid_t of 32 bits, whose key has bounds that keep within
 * them. */
static int store_number(struct policy_value *value, void *at, size_t size)
{
	if (size == sizeof(uint32_t))
		*(uint32_t *)at = (uint32_t)value->number;
	else
		*(uint64_t *)at = value->number;
	return 0;
}

static int parse_size_max(
	const struct key *key, const char *text, struct policy_value *ret_value, char *reason)
{
	if (units_parse_percent(text, &ret_value->number) < 0)
		return parse_number(key, text, ret_value, reason);
	ret_value->unit = POLICY_SIZE_PERCENT;
	if (ret_value->number < 1 || ret_value->number > 100)
		return reason_refuse(reason, "\"%s\" is out of bounds: 1%% to 100%%", text);
	return 0;
}

static char *format_size_max(const struct key *key, const struct policy_value *value)
{
	char buf[UNITS_TEXT_MAX];

	if (value->unit == POLICY_SIZE_PERCENT)
		return strdup(units_format_percent(value->number, buf));
	return format_number(key, value);
}

static int store_size_max(struct policy_value *value, void *at, size_t size)
{
	(void)size;
	*(struct policy_size *)at =
		(struct policy_size){.number = value->number, .unit = value->unit};
	return 0;
}

static int read_cpu(const char *text, uint64_t *ret_number)
{
	int r = units_parse_percent(text, ret_number);

	if (r == 0 && __builtin_mul_overflow(*ret_number, CPU_USEC_PER_PERCENT, ret_number))
		r = -ERANGE;
	return r;
}

static const char *print_cpu(uint64_t number, char *buf)
{
	return units_format_percent(number / CPU_USEC_PER_PERCENT, buf);
}

/* Defines the row of a type whose values are numbers. Other members may follow by name. */
#define NUMBER_TYPE(name, read_, print_, ...)                                                      \
	const struct key_type name = {.parse = parse_number,                                       \
		.format = format_number,                                                           \
		.store = store_number,                                                             \
		.read = read_,                                                                     \
		.print = print_,                                                                   \
		__VA_ARGS__}

const struct key_type type_bool = {
	.parse = parse_bool,
	.format = format_bool,
	.store = store_bool,
	.help = "yes | no",
};

NUMBER_TYPE(type_count, units_parse_count, units_format_count, .noun = "a whole number",
	.help = "a number");

NUMBER_TYPE(type_count_max, units_parse_count, units_format_count, .unlimited = max_words,
	.noun = "a whole number, or max", .help = "a number, or max");

NUMBER_TYPE(type_size, units_parse_size, units_format_size,
	.noun = "a size: bytes, or a whole number with K, M, G or T",
	.help = "bytes, with K, M, G or T");

const struct key_type type_size_max = {
	.parse = parse_size_max,
	.format = format_size_max,
	.store = store_size_max,
	.read = units_parse_size,
	.print = units_format_size,
	.unlimited = max_words,
	.noun = "a size: bytes, or a whole number with K, M, G or T, or 25%, or max",
	.help = "bytes, with K, M, G or T; a percentage of the machine's memory; or max",
};

NUMBER_TYPE(type_cpu, read_cpu, print_cpu, .unlimited = max_words,
	.noun = "a percentage of one CPU, such as 200% for two, or max",
	.help = "a percentage of one CPU, or max");

NUMBER_TYPE(type_percent, units_parse_percent, units_format_percent, .noun = "a percentage",
	.help = "a percentage");

NUMBER_TYPE(type_duration, units_parse_duration, units_format_duration,
	.noun = "a duration: a whole number with ms, s, m, h or d",
	.help = "a time, with ms, s, m, h or d");

NUMBER_TYPE(type_timeout, units_parse_duration, units_format_duration, .zero = no_words,
	.noun = "no, or a duration: a whole number with s, m, h or d",
	.help = "no, or a time, with s, m, h or d");

NUMBER_TYPE(type_linger, units_parse_duration, units_format_duration, .zero = no_words,
	.unlimited = yes_words, .noun = "no, yes, or a duration: a whole number with s, m, h or d",
	.help = "yes, no, or a time, with s, m, h or d");
