// SPDX-License-Identifier: MIT
#include "policy/value.h"
#include "base/cleanup.h"
#include "base/list.h"
#include "base/units.h"
#include "policy/suggestion.h"

#include <string.h>

/* cpu.max: 1 % of one CPU is 10 ms a second. */
enum { CPU_USEC_PER_PERCENT = 10000 };

static const char *const no_words[] = {"no", "false", "off", "0", NULL};
static const char *const yes_words[] = {"yes", "true", "on", "1", NULL};

/* Index of @text in the NULL-terminated @words, or -1. */
static int find_word(const char *const *words, const char *text)
{
	for (int i = 0; words[i]; i++) {
		if (strcmp(words[i], text) == 0)
			return i;
	}
	return -1;
}

static int parse_choice(
	const struct key *key, const char *text, struct policy_value *value, char *reason)
{
	struct suggestion near = {.word = text};

	value->choice = find_word(key->choices, text);
	if (value->choice >= 0)
		return 0;
	reason_refuse(reason, "\"%s\" is not one of ", text);
	for (int i = 0; key->choices[i]; i++) {
		reason_append(reason, "%s%s", i ? ", " : "", key->choices[i]);
		suggest_try(&near, key->choices[i]);
	}
	if (near.best)
		reason_append(reason, "; did you mean \"%s\"?", near.best);
	return -EINVAL;
}

static int parse_bool(const char *text, struct policy_value *value, char *reason)
{
	if (find_word(yes_words, text) >= 0)
		value->choice = 1;
	else if (find_word(no_words, text) >= 0)
		value->choice = 0;
	else
		return reason_refuse(reason, "\"%s\" is neither yes nor no", text);
	return 0;
}

static const char *format_number(const struct key *key, uint64_t number, char *buf)
{
	switch (key->type) {
	case KEY_SIZE:
	case KEY_SIZE_MAX:
		return units_format_size(number, buf);
	case KEY_CPU:
		return units_format_percent(number / CPU_USEC_PER_PERCENT, buf);
	case KEY_PERCENT:
		return units_format_percent(number, buf);
	case KEY_DURATION:
	case KEY_LINGER:
	case KEY_TIMEOUT:
		return units_format_duration(number, buf);
	default:
		return units_format_count(number, buf);
	}
}

static int check_bounds(const struct key *key, const char *text, uint64_t number, char *reason)
{
	char min[UNITS_TEXT_MAX], max[UNITS_TEXT_MAX];

	if ((key->min == 0 && key->max == 0) || (number >= key->min && number <= key->max))
		return 0;
	return reason_refuse(reason, "\"%s\" is out of bounds: %s to %s", text,
		format_number(key, key->min, min), format_number(key, key->max, max));
}

static int parse_size(
	const struct key *key, const char *text, struct policy_value *value, char *reason)
{
	bool or_max = key->type == KEY_SIZE_MAX;
	int r;

	if (or_max && units_parse_percent(text, &value->number) == 0) {
		value->unit = POLICY_SIZE_PERCENT;
		if (value->number < 1 || value->number > 100)
			return reason_refuse(reason, "\"%s\" is out of bounds: 1%% to 100%%", text);
		return 0;
	}
	value->unit = POLICY_SIZE_BYTES;
	r = units_parse_size(text, &value->number);
	if (r == -ERANGE)
		return reason_refuse(reason, "\"%s\" is too large a number", text);
	if (r < 0) {
		reason_refuse(reason,
			"\"%s\" is not a size: bytes, or a whole number with K, M, G or T%s", text,
			or_max ? ", or 25%, or max" : "");
		reason_suggest_size(reason, text);
		return -EINVAL;
	}
	return check_bounds(key, text, value->number, reason);
}

static int parse_number(
	const struct key *key, const char *text, struct policy_value *value, char *reason)
{
	const char *what;
	int r;

	switch (key->type) {
	case KEY_CPU:
		what = "a share of CPU time: 200% is two CPUs; or max";
		r = units_parse_percent(text, &value->number);
		if (r == 0 &&
			__builtin_mul_overflow(value->number, CPU_USEC_PER_PERCENT, &value->number))
			r = -ERANGE;
		break;
	case KEY_PERCENT:
		what = "a percentage";
		r = units_parse_percent(text, &value->number);
		break;
	case KEY_DURATION:
	case KEY_LINGER:
	case KEY_TIMEOUT:
		what = key->type == KEY_LINGER
			       ? "no, yes, or a duration: a whole number with s, m, h or d"
		       : key->type == KEY_TIMEOUT
			       ? "no, or a duration: a whole number with s, m, h or d"
			       : "a duration: a whole number with ms, s, m, h or d";
		r = units_parse_duration(text, &value->number);
		break;
	default:
		what = key->type == KEY_COUNT_MAX ? "a whole number, or max" : "a whole number";
		r = units_parse_count(text, &value->number);
	}
	if (r == -ERANGE)
		return reason_refuse(reason, "\"%s\" is too large a number", text);
	if (r < 0)
		return reason_refuse(reason, "\"%s\" is not %s", text, what);
	return check_bounds(key, text, value->number, reason);
}

static int parse_duration_or_word(
	const struct key *key, const char *text, struct policy_value *value, char *reason)
{
	if (key->type == KEY_LINGER && find_word(yes_words, text) >= 0)
		value->number = POLICY_UNLIMITED;
	else if (find_word(no_words, text) >= 0)
		value->number = 0;
	else
		return parse_number(key, text, value, reason);
	return 0;
}

static int parse_any(
	const struct key *key, const char *text, struct policy_value *value, char *reason)
{
	bool max = strcmp(text, "max") == 0;

	switch (key->type) {
	case KEY_PATHS:
		return value_parse_paths(text, value, reason);
	case KEY_NAMES:
		return value_split_list(text, &value->list, reason);
	case KEY_CPUSET:
		return value_parse_cpuset(text, value, reason);
	case KEY_IO:
		return value_parse_io(text, value, reason);
	case KEY_RATES:
		return value_parse_rates(text, value, reason);
	case KEY_NAME:
		return value_parse_name(text, value, reason);
	case KEY_TEXT:
		return value_parse_text(text, value, reason);
	default:
		break;
	}
	if (text[0] == '\0')
		return reason_refuse(reason, "has no value");
	switch (key->type) {
	case KEY_CHOICE:
		return parse_choice(key, text, value, reason);
	case KEY_BOOL:
		return parse_bool(text, value, reason);
	case KEY_LINGER:
	case KEY_TIMEOUT:
		return parse_duration_or_word(key, text, value, reason);
	case KEY_SIZE:
		return parse_size(key, text, value, reason);
	case KEY_SIZE_MAX:
		if (!max)
			return parse_size(key, text, value, reason);
		break;
	case KEY_COUNT_MAX:
	case KEY_CPU:
		if (!max)
			return parse_number(key, text, value, reason);
		break;
	default:
		return parse_number(key, text, value, reason);
	}
	value->number = POLICY_UNLIMITED;
	return 0;
}

int value_parse(
	const struct key *key, const char *text, struct policy_value *ret_value, char *reason)
{
	struct policy_value value = {0};
	int r = parse_any(key, text, &value, reason);

	if (r < 0) {
		value_free(&value);
		return r;
	}
	*ret_value = value;
	return 0;
}

void value_free(struct policy_value *value)
{
	list_free(value->list);
	for (size_t i = 0; i < value->n_io; i++)
		free(value->io[i].path);
	free(value->io);
	*value = (struct policy_value){0};
}

char *value_format(const struct key *key, const struct policy_value *value)
{
	char buf[UNITS_TEXT_MAX];

	switch (key->type) {
	case KEY_CHOICE:
		return strdup(key->choices[value->choice]);
	case KEY_BOOL:
		return strdup(value->choice ? "yes" : "no");
	case KEY_LINGER:
		if (value->number == 0 || value->number == POLICY_UNLIMITED)
			return strdup(value->number ? "yes" : "no");
		break;
	case KEY_TIMEOUT:
		if (value->number == 0)
			return strdup("no");
		break;
	case KEY_PATHS:
	case KEY_NAMES:
	case KEY_CPUSET:
	case KEY_NAME:
	case KEY_TEXT:
		return list_format(value->list);
	case KEY_IO:
	case KEY_RATES:
		return value_format_io(value);
	default:
		break;
	}
	if (value->number == POLICY_UNLIMITED)
		return strdup("max");
	if (key->type == KEY_SIZE_MAX && value->unit == POLICY_SIZE_PERCENT)
		return strdup(units_format_percent(value->number, buf));
	return strdup(format_number(key, value->number, buf));
}

bool value_is_empty(const struct key *key, const struct policy_value *value)
{
	switch (key->type) {
	case KEY_PATHS:
	case KEY_NAMES:
	case KEY_CPUSET:
	case KEY_NAME:
	case KEY_TEXT:
		return !value->list;
	case KEY_IO:
	case KEY_RATES:
		return value->n_io == 0;
	default:
		return false;
	}
}

int value_copy(const struct policy_value *value, struct policy_value *ret_value)
{
	struct policy_value copy = *value;

	copy.list = NULL;
	copy.io = NULL;
	copy.n_io = 0;
	if (value->list && list_append(&copy.list, value->list) < 0)
		goto fail;
	if (value->n_io > 0) {
		copy.io = calloc(value->n_io, sizeof(*copy.io));
		if (!copy.io)
			goto fail;
		for (; copy.n_io < value->n_io; copy.n_io++) {
			struct policy_io *io = &copy.io[copy.n_io];

			*io = value->io[copy.n_io];
			if (!io->path)
				continue;
			io->path = strdup(io->path);
			if (!io->path)
				goto fail;
		}
	}
	*ret_value = copy;
	return 0;
fail:
	value_free(&copy);
	return -ENOMEM;
}
