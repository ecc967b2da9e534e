// SPDX-License-Identifier: MIT
// what: limits are read and written as the kernel writes them, and compared as it rounds them
// tier: fast
// deadline: 10s
#include "cgroup/setting.h"
#include "cgroup/tree/v1.h"
#include "cgroup_test.h"

#include <sys/sysmacros.h>

struct number_case {
	enum cgroup_limit_id id;
	const char *text;
	uint64_t number;
};

static void test_numbers(void)
{
	static const struct number_case cases[] = {
		{CGROUP_CPU_MAX, "max 100000\n", CGROUP_UNLIMITED},
		{CGROUP_CPU_MAX, "200000 100000\n", 2000000},
		{CGROUP_CPU_MAX, "50000 1000000", 50000},
		{CGROUP_CPU_WEIGHT, "100\n", 100},
		{CGROUP_IO_WEIGHT, "default 250\n8:0 100\n", 250},
		{CGROUP_IO_WEIGHT, "default 100\n", 100},
		{CGROUP_MEMORY_MAX, "max\n", CGROUP_UNLIMITED},
		{CGROUP_MEMORY_MAX, "4294967296\n", 4294967296},
		{CGROUP_MEMORY_SWAP_MAX, "0\n", 0},
		{CGROUP_PIDS_MAX, "512\n", 512},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cgroup_setting setting = {.id = cases[i].id};

		CHECK(cgroup_setting_parse(&setting, cases[i].text) == 0, "%s", cases[i].text);
		CHECK(setting.value.number == cases[i].number, "%s", cases[i].text);
	}
}

static void test_bad_texts(void)
{
	static const struct number_case cases[] = {
		{CGROUP_CPU_MAX, "200000", 0},
		{CGROUP_CPU_MAX, "200000 0", 0},
		{CGROUP_CPU_MAX, "x 100000", 0},
		{CGROUP_MEMORY_MAX, "", 0},
		{CGROUP_MEMORY_MAX, "12k", 0},
		{CGROUP_MEMORY_MAX, "-1", 0},
		{CGROUP_MEMORY_MAX, "18446744073709551616", 0},
		{CGROUP_MEMORY_MAX, "maximum", 0},
		{CGROUP_CPUSET_CPUS, "0-", 0},
		{CGROUP_CPUSET_CPUS, "3-1", 0},
		{CGROUP_CPUSET_CPUS, "1,,2", 0},
		{CGROUP_CPUSET_CPUS, "8192", 0},
		{CGROUP_CPUSET_CPUS, "99999999999", 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cgroup_setting setting = {.id = cases[i].id};

		CHECK(cgroup_setting_parse(&setting, cases[i].text) == -EBADMSG, "\"%s\"",
			cases[i].text);
	}
}

/* What is written reads back as the same value, in the text that the kernel would print. */
static void test_formats(void)
{
	static const struct {
		enum cgroup_limit_id id;
		const char *text;
	} cases[] = {
		{CGROUP_CPU_MAX, "max 100000"},
		{CGROUP_CPU_MAX, "150000 100000"},
		{CGROUP_CPU_MAX, "1000 1000000"},
		{CGROUP_CPU_WEIGHT, "10000"},
		{CGROUP_CPUSET_CPUS, ""},
		{CGROUP_CPUSET_CPUS, "0-3,7,9-10,8191"},
		{CGROUP_MEMORY_HIGH, "max"},
		{CGROUP_MEMORY_MAX, "4096"},
		{CGROUP_PIDS_MAX, "0"},
		{CGROUP_IO_MAX, "8:16 rbps=1 wbps=max riops=max wiops=2000"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cgroup_setting setting = {.id = cases[i].id, .device = makedev(8, 16)};
		struct cgroup_setting again = setting;
		char *text;

		CHECK(cgroup_setting_parse(&setting, cases[i].text) == 0, "%s", cases[i].text);
		text = cgroup_setting_format(&setting);
		CHECK(text && strcmp(text, cases[i].text) == 0, "%s, not %s",
			text ? text : "nothing", cases[i].text);
		CHECK(cgroup_setting_parse(&again, text ? text : "") == 0, "%s", text);
		CHECK(cgroup_setting_holds(&setting, &again), "%s", text);
		free(text);
	}
}

static bool setting_holds(enum cgroup_limit_id id, uint64_t wanted, uint64_t present)
{
	struct cgroup_setting w = {.id = id, .value.number = wanted};
	struct cgroup_setting p = {.id = id, .value.number = present};

	return cgroup_setting_holds(&w, &p);
}

static void test_rounding(void)
{
	CHECK(setting_holds(CGROUP_MEMORY_MAX, 4097, 4096), "a page is the kernel's unit");
	CHECK(!setting_holds(CGROUP_MEMORY_MAX, 8192, 4096), "another page");
	CHECK(!setting_holds(CGROUP_MEMORY_MAX, CGROUP_UNLIMITED, 4096), "max is no number");
	CHECK(!setting_holds(CGROUP_PIDS_MAX, 513, 512), "tasks are not rounded");
	CHECK(setting_holds(CGROUP_CPU_MAX, 333333, 333330), "33333 of 100000");
	CHECK(setting_holds(CGROUP_CPU_MAX, 333333, 333300),
		"33.33 %%, after systemd has read its drop-in");
	CHECK(!setting_holds(CGROUP_CPU_MAX, 333333, 333200), "a hundredth of a percent");
	CHECK(!setting_holds(CGROUP_CPU_MAX, CGROUP_UNLIMITED, 100000), "max is no share");
}

static void test_io_lines(void)
{
	const char *file = "8:0 rbps=5 wbps=max riops=max wiops=max\n"
			   "254:160 rbps=max wbps=max riops=7 wiops=max\n"
			   "254:16 rbps=1 wbps=2 riops=3 wiops=4\n";
	struct cgroup_setting setting = {.id = CGROUP_IO_MAX, .device = makedev(254, 16)};

	CHECK(cgroup_setting_parse(&setting, file) == 0, "io.max");
	for (int i = 0; i < CGROUP_IO_COUNT; i++)
		CHECK(setting.value.io[i] == (uint64_t)i + 1, "%s", cgroup_io_rows[i].name);
	setting.device = makedev(4, 16);
	CHECK(cgroup_setting_parse(&setting, file) == 0, "no line of its own");
	CHECK(setting.value.io[0] == CGROUP_UNLIMITED, "no line, no limit");
	setting.device = makedev(8, 0);
	CHECK(cgroup_setting_parse(&setting, "8:0 rbps=5 speed=6\n") == -EBADMSG, "unknown word");
}

static void test_table(void)
{
	for (int id = 0; id < CGROUP_LIMIT_COUNT; id++) {
		struct cgroup_setting setting = {.id = (enum cgroup_limit_id)id};
		const char *name = cgroup_limit_name((enum cgroup_limit_id)id);

		CHECK(cgroup_setting_parse(&setting, cgroup_rows[id].inherent) == 0, "%s", name);
		CHECK(cgroup_limit_id(name, strlen(name)) == id, "%s", name);
		CHECK(strncmp(name, cgroup_rows[id].controller,
			      strlen(cgroup_rows[id].controller)) == 0,
			"%s", name);
	}
	CHECK(cgroup_limit_id("memory", 6) == -ENOENT, "a name is whole");
}

static uint64_t weight_in_v1(enum cgroup_limit_id id, uint64_t weight)
{
	struct cgroup_setting setting = {.id = id, .value.number = weight};

	v1_round(&setting);
	return setting.value.number;
}

/* No weight is lost in cpu.shares; blkio.bfq.weight is coarser, and stays what it has become. */
static void test_v1_weights(void)
{
	for (uint64_t weight = 1; weight <= 10000; weight++) {
		uint64_t once = weight_in_v1(CGROUP_IO_WEIGHT, weight);

		CHECK(weight_in_v1(CGROUP_CPU_WEIGHT, weight) == weight, "%d", (int)weight);
		CHECK(weight_in_v1(CGROUP_IO_WEIGHT, once) == once, "%d", (int)weight);
		CHECK(once <= weight && weight - once < 11, "%d is %d", (int)weight, (int)once);
	}
	CHECK(weight_in_v1(CGROUP_IO_WEIGHT, 10000) == 10000, "the most");
}

static void test_name_lists(void)
{
	char names[CGROUP_LIMIT_NAMES_MAX];

	CHECK(strcmp(cgroup_limit_names(0, names), "") == 0, "%s", names);
	cgroup_limit_names(
		cgroup_limit_bit(CGROUP_IO_WEIGHT) | cgroup_limit_bit(CGROUP_IO_MAX), names);
	CHECK(strcmp(names, "io.max, io.weight") == 0, "%s", names);
	cgroup_limit_names(UINT32_MAX, names);
	CHECK(strstr(names, "cpu.max, ") == names, "%s", names);
	CHECK(strcmp(names + strlen(names) - strlen(", io.weight"), ", io.weight") == 0, "%s",
		names);
}

int main(void)
{
	test_numbers();
	test_bad_texts();
	test_formats();
	test_rounding();
	test_io_lines();
	test_table();
	test_v1_weights();
	test_name_lists();
	return failures ? 1 : 0;
}
