// SPDX-License-Identifier: MIT
// what: sizes, percents, durations and counts are read whole, or refused
// needs:
// tier: fast
// deadline: 30s
#include "base/units.h"
#include "expect.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef int parser(const char *text, uint64_t *ret_number);
typedef const char *formatter(uint64_t number, char *buf);

static void reads(const char *name, parser *parse, const char *text, uint64_t wanted)
{
	uint64_t got = 4711;
	int r = parse(text, &got);

	if (r == 0 && got == wanted)
		return;
	expect_failed("%s \"%s\": %d, %" PRIu64 ", not %" PRIu64, name, text, r, got, wanted);
}

static void refuses(const char *name, parser *parse, const char *text, int wanted)
{
	uint64_t got = 4711;
	int r = parse(text, &got);

	if (r == wanted && got == 4711)
		return;
	expect_failed("%s \"%s\": %d, not %d, or the number was changed", name, text, r, wanted);
}

static void prints(const char *name, formatter *format, uint64_t number, const char *wanted)
{
	char buf[UNITS_TEXT_MAX];

	if (strcmp(format(number, buf), wanted) == 0)
		return;
	expect_failed("%s %" PRIu64 ": \"%s\", not \"%s\"", name, number, buf, wanted);
}

static void test_counts(void)
{
	static const char *const junk[] = {"", " ", "-1", "+1", " 1", "1 ", "1x", "x", "0x10",
		"1.5", "1e3", "1,000", "\xd9\xa1", "/", "1/", ":", "1:", "1:0"};

	reads("count", units_parse_count, "0", 0);
	reads("count", units_parse_count, "007", 7);
	reads("count", units_parse_count, "18446744073709551615", UINT64_MAX);
	refuses("count", units_parse_count, "18446744073709551616", -ERANGE);
	refuses("count", units_parse_count, "99999999999999999999999999", -ERANGE);
	refuses("count", units_parse_count, "99999999999999999999999999x", -EINVAL);
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
		refuses("count", units_parse_count, junk[i], -EINVAL);
		refuses("size", units_parse_size, junk[i], -EINVAL);
		refuses("percent", units_parse_percent, junk[i], -EINVAL);
		refuses("duration", units_parse_duration, junk[i], -EINVAL);
	}
	prints("count", units_format_count, 0, "0");
	prints("count", units_format_count, UINT64_MAX, "18446744073709551615");
}

static void test_sizes(void)
{
	reads("size", units_parse_size, "0", 0);
	reads("size", units_parse_size, "4096", 4096);
	reads("size", units_parse_size, "1K", 1024);
	reads("size", units_parse_size, "512M", UINT64_C(536870912));
	reads("size", units_parse_size, "2G", UINT64_C(2147483648));
	reads("size", units_parse_size, "1T", UINT64_C(1099511627776));
	reads("size", units_parse_size, "16777215T", UINT64_C(16777215) << 40);
	refuses("size", units_parse_size, "16777216T", -ERANGE);
	refuses("size", units_parse_size, "2Gx", -EINVAL);
	refuses("size", units_parse_size, "2GB", -EINVAL);
	refuses("size", units_parse_size, "2 G", -EINVAL);
	refuses("size", units_parse_size, "2g", -EINVAL);
	refuses("size", units_parse_size, "G", -EINVAL);
	prints("size", units_format_size, 0, "0");
	prints("size", units_format_size, 1023, "1023");
	prints("size", units_format_size, 1024, "1K");
	prints("size", units_format_size, 1536, "1536");
	prints("size", units_format_size, UINT64_C(3) << 29, "1536M");
	prints("size", units_format_size, UINT64_C(1) << 40, "1T");
}

static void test_percents(void)
{
	reads("percent", units_parse_percent, "25%", 25);
	reads("percent", units_parse_percent, "0%", 0);
	refuses("percent", units_parse_percent, "25", -EINVAL);
	refuses("percent", units_parse_percent, "25%%", -EINVAL);
	refuses("percent", units_parse_percent, "12.5%", -EINVAL);
	refuses("percent", units_parse_percent, "25 %", -EINVAL);
	prints("percent", units_format_percent, 200, "200%");
}

static void test_durations(void)
{
	reads("duration", units_parse_duration, "0s", 0);
	reads("duration", units_parse_duration, "500ms", 500000);
	reads("duration", units_parse_duration, "5s", 5000000);
	reads("duration", units_parse_duration, "30m", UINT64_C(1800000000));
	reads("duration", units_parse_duration, "1h", UINT64_C(3600000000));
	reads("duration", units_parse_duration, "2d", UINT64_C(172800000000));
	refuses("duration", units_parse_duration, "5", -EINVAL);
	refuses("duration", units_parse_duration, "5S", -EINVAL);
	refuses("duration", units_parse_duration, "5sec", -EINVAL);
	refuses("duration", units_parse_duration, "1h30m", -EINVAL);
	refuses("duration", units_parse_duration, "999999999999d", -ERANGE);
	prints("duration", units_format_duration, 0, "0ms");
	prints("duration", units_format_duration, 5000000, "5s");
	prints("duration", units_format_duration, 90000000, "90s");
	prints("duration", units_format_duration, UINT64_C(1800000000), "30m");
	prints("duration", units_format_duration, 1500000, "1500ms");
}

int main(void)
{
	test_counts();
	test_sizes();
	test_percents();
	test_durations();
	return expect_result();
}
