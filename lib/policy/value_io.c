// SPDX-License-Identifier: MIT
/*
 * value_io.c - parses io.max: "/home rbps=50M wiops=100, /scratch wbps=1M". A template has one
 * disk, so its io.max is the rates alone.
 */
#include "base/cleanup.h"
#include "base/list.h"
#include "base/units.h"
#include "policy/value.h"

#include <string.h>

/* These are the four rates of io.max, for parsing and printing alike. */
static const struct rate {
	const char *name;
	size_t offset;
	bool bytes;
} rates[] = {
	{"rbps", offsetof(struct policy_io, rbps), true},
	{"wbps", offsetof(struct policy_io, wbps), true},
	{"riops", offsetof(struct policy_io, riops), false},
	{"wiops", offsetof(struct policy_io, wiops), false},
};

enum { N_RATES = sizeof(rates) / sizeof(rates[0]) };

static int parse_rate(char *word, struct policy_io *io, unsigned *seen, char *reason)
{
	const char *of = io->path ? " of " : "", *path = io->path ? io->path : "";
	char *value = strchr(word, '=');
	const struct rate *rate = rates;
	uint64_t number = POLICY_UNLIMITED;
	int r = 0;

	if (!value)
		return reason_refuse(
			reason, "\"%s\"%s%s is not a rate such as rbps=50M", word, of, path);
	*value++ = '\0';
	while (rate < rates + N_RATES && strcmp(rate->name, word) != 0)
		rate++;
	if (rate == rates + N_RATES)
		return reason_refuse(reason, "\"%s\"%s%s is not one of rbps, wbps, riops, wiops",
			word, of, path);
	if (*seen & 1u << (rate - rates))
		return reason_refuse(reason, "%s%s%s is given twice", word, of, path);
	*seen |= 1u << (rate - rates);
	if (strcmp(value, "max") != 0)
		r = rate->bytes ? units_parse_size(value, &number)
				: units_parse_count(value, &number);
	if (r == -ERANGE || (r == 0 && number > INT64_MAX && number != POLICY_UNLIMITED))
		return reason_refuse(reason, "%s=%s is too large a number", word, value);
	if (r < 0) {
		reason_refuse(reason, "%s=%s is not a %s, or max", word, value,
			rate->bytes ? "number of bytes" : "whole number");
		if (rate->bytes)
			reason_suggest_size(reason, value);
		return r;
	}
	if (number == 0)
		return reason_refuse(reason, "%s=0 would stop all transfers; the least is 1", word);
	*(uint64_t *)((char *)io + rate->offset) = number;
	return 0;
}

static int parse_rates(char *text, struct policy_io *io, unsigned *seen, char *reason)
{
	char *word;
	int r = 0;

	while (r == 0 && (word = strsep(&text, " \t")))
		if (word[0])
			r = parse_rate(word, io, seen, reason);
	return r;
}

static const struct policy_io no_rates = {
	.rbps = POLICY_UNLIMITED,
	.wbps = POLICY_UNLIMITED,
	.riops = POLICY_UNLIMITED,
	.wiops = POLICY_UNLIMITED,
};

static int parse_io_entry(char *text, struct policy_value *value, char *reason)
{
	struct policy_io *io = &value->io[value->n_io];
	char *path = strsep(&text, " \t");
	unsigned seen = 0;
	int r;

	if (path[0] == '\0')
		return reason_refuse(reason, "an item of the list is empty");
	r = value_check_path(path, false, reason);
	if (r < 0)
		return r;
	for (size_t i = 0; i < value->n_io; i++) {
		if (strcmp(value->io[i].path, path) == 0)
			return reason_refuse(reason, "\"%s\" is listed twice", path);
	}
	*io = no_rates;
	io->path = strdup(path);
	if (!io->path)
		return -ENOMEM;
	value->n_io++;
	r = parse_rates(text, io, &seen, reason);
	if (r < 0)
		return r;
	return seen ? 0
		    : reason_refuse(reason, "\"%s\" has no rate; write %s rbps=50M", path, path);
}

static int parse_disks(
	const struct key *key, const char *text, struct policy_value *ret_value, char *reason)
{
	cleanup_free char *copy = strdup(text);
	char *rest = copy, *item;
	size_t commas = 0;
	int r = 0;

	(void)key;
	if (!copy)
		return -ENOMEM;
	for (const char *at = text; *at; at++)
		commas += *at == ',';
	ret_value->io = calloc(commas + 1, sizeof(*ret_value->io));
	if (!ret_value->io)
		return -ENOMEM;
	while (r == 0 && list_next_item(&rest, &item))
		r = parse_io_entry(item, ret_value, reason);
	return r;
}

static int parse_one_disk(
	const struct key *key, const char *text, struct policy_value *ret_value, char *reason)
{
	cleanup_free char *copy = strdup(text);
	unsigned seen = 0;

	(void)key;
	if (!copy)
		return -ENOMEM;
	if (strchr(text, '/') || strchr(text, ','))
		return reason_refuse(reason,
			"\"%s\" has a path or a comma in it; a guest has one disk, so write its rates alone",
			text);
	ret_value->io = calloc(1, sizeof(*ret_value->io));
	if (!ret_value->io)
		return -ENOMEM;
	ret_value->n_io = 1;
	ret_value->io[0] = no_rates;
	return parse_rates(copy, &ret_value->io[0], &seen, reason);
}

static char *format_io(const struct key *key, const struct policy_value *value)
{
	char *text = NULL, buf[UNITS_TEXT_MAX];
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)key;
	if (!out)
		return NULL;
	for (size_t i = 0; i < value->n_io; i++) {
		const struct policy_io *io = &value->io[i];
		const char *blank = io->path ? " " : "";
		bool any = false;

		fprintf(out, "%s%s", i ? ", " : "", io->path ? io->path : "");
		for (const struct rate *rate = rates; rate < rates + N_RATES; rate++) {
			uint64_t number = *(const uint64_t *)((const char *)io + rate->offset);

			if (number == POLICY_UNLIMITED)
				continue;
			any = true;
			fprintf(out, "%s%s=%s", blank, rate->name,
				rate->bytes ? units_format_size(number, buf)
					    : units_format_count(number, buf));
			blank = " ";
		}
		if (!any)
			fprintf(out, "%srbps=max", blank);
	}
	return stream_finish(out, &text);
}

/* Stores the rates into a struct policy_io, without a path. */
static int store_rates(struct policy_value *value, void *at, size_t size)
{
	(void)size;
	*(struct policy_io *)at = value->n_io > 0 ? value->io[0] : no_rates;
	return 0;
}

const struct key_type type_io = {
	.parse = parse_disks,
	.format = format_io,
	.may_be_empty = true,
	.help = "a list of paths, each with rbps=, wbps=, riops= or wiops=",
};

const struct key_type type_rates = {
	.parse = parse_one_disk,
	.format = format_io,
	.store = store_rates,
	.may_be_empty = true,
	.help = "one or more of rbps=, wbps=, riops= and wiops=",
};
