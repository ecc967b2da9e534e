// SPDX-License-Identifier: MIT
// what: the changes of a login are those that its policy wants, and what is wanted no more
// tier: fast
// deadline: 10s
#include "cgroup/apply/changes.h"
#include "cgroup_test.h"

#include <sys/sysmacros.h>

static const struct cgroup_change *first_change(
	const struct cgroup_changes *changes, enum cgroup_limit_id id, dev_t device)
{
	for (size_t i = 0; i < changes->count; i++)
		if (changes->item[i].wanted.id == id && changes->item[i].wanted.device == device)
			return &changes->item[i];
	return NULL;
}

static void set_limit(struct cgroup_limits *limits, enum cgroup_limit_id id, uint64_t value)
{
	limits->limit[id] = (struct cgroup_limit){.set = true, .value = value};
}

/* A little below memory.max, by 2 % at most, and never instead of the policy's own. */
static void test_implied_high(void)
{
	struct cgroup_limits limits = {0};
	struct cgroup_remembered nothing = {0};
	struct cgroup_changes changes;
	const struct cgroup_change *high;

	set_limit(&limits, CGROUP_MEMORY_MAX, 200 << 20);
	CHECK(changes_build(&limits, NULL, &nothing, &changes, NULL) == 0, "build");
	high = first_change(&changes, CGROUP_MEMORY_HIGH, 0);
	CHECK(high && high->implied && high->optional, "memory.high is implied");
	CHECK(high && high->wanted.value.number < (200 << 20) &&
			high->wanted.value.number >= (196 << 20),
		"memory.high");
	CHECK(high && high->wanted.value.number % 4096 == 0, "whole pages");
	changes_free(&changes);

	set_limit(&limits, CGROUP_MEMORY_HIGH, 100 << 20);
	CHECK(changes_build(&limits, NULL, &nothing, &changes, NULL) == 0, "build");
	high = first_change(&changes, CGROUP_MEMORY_HIGH, 0);
	CHECK(high && !high->implied && high->wanted.value.number == 100 << 20, "the policy's");
	CHECK(changes.count == 2, "%zu changes", changes.count);
	changes_free(&changes);

	memset(&limits, 0, sizeof(limits));
	set_limit(&limits, CGROUP_MEMORY_MAX, CGROUP_UNLIMITED);
	CHECK(changes_build(&limits, NULL, &nothing, &changes, NULL) == 0, "build");
	CHECK(!first_change(&changes, CGROUP_MEMORY_HIGH, 0), "none below max");
	changes_free(&changes);
}

static dev_t to_one_disk(dev_t device)
{
	(void)device;
	return makedev(8, 0);
}

/* Two devices that come out at one disk: the stricter number of each kind. */
static void test_io_of_one_disk(void)
{
	struct cgroup_io io[] = {
		{makedev(253, 0), 100, CGROUP_UNLIMITED, 7, CGROUP_UNLIMITED, "/home"},
		{makedev(253, 1), 50, 20, 9, CGROUP_UNLIMITED, "/scratch"},
	};
	struct cgroup_limits limits = {.io = io, .n_io = 2};
	struct cgroup_remembered nothing = {0};
	struct cgroup_changes changes;
	const struct cgroup_change *change;

	set_limit(&limits, CGROUP_IO_MAX, 0);
	CHECK(changes_build(&limits, NULL, &nothing, &changes, NULL) == 0, "build");
	CHECK(changes.count == 2, "%zu changes", changes.count);
	changes_free(&changes);
	CHECK(changes_build(&limits, to_one_disk, &nothing, &changes, NULL) == 0, "build");
	CHECK(changes.count == 1, "%zu changes", changes.count);
	change = first_change(&changes, CGROUP_IO_MAX, makedev(8, 0));
	CHECK(change && change->wanted.value.io[CGROUP_IO_RBPS] == 50 &&
			change->wanted.value.io[CGROUP_IO_WBPS] == 20 &&
			change->wanted.value.io[CGROUP_IO_RIOPS] == 7 &&
			change->wanted.value.io[CGROUP_IO_WIOPS] == CGROUP_UNLIMITED,
		"the stricter of each");
	changes_free(&changes);
}

static void test_resets(void)
{
	struct cgroup_setting before[] = {
		{.id = CGROUP_PIDS_MAX, .value.number = 2345},
		{.id = CGROUP_MEMORY_MAX, .value.number = CGROUP_UNLIMITED},
		{.id = CGROUP_IO_MAX, .device = makedev(8, 0), .value.io = {1, 2, 3, 4}},
	};
	struct cgroup_remembered remembered = {.item = before, .count = 3};
	struct cgroup_limits limits = {0};
	struct cgroup_changes changes;
	const struct cgroup_change *change;

	set_limit(&limits, CGROUP_MEMORY_MAX, 200 << 20);
	CHECK(changes_build(&limits, NULL, &remembered, &changes, NULL) == 0, "build");
	change = first_change(&changes, CGROUP_PIDS_MAX, 0);
	CHECK(change && change->reset && change->wanted.value.number == 2345, "as it was");
	change = first_change(&changes, CGROUP_IO_MAX, makedev(8, 0));
	CHECK(change && change->reset && change->wanted.value.io[3] == 4, "as it was");
	change = first_change(&changes, CGROUP_MEMORY_MAX, 0);
	CHECK(change && !change->reset && change->wanted.value.number == 200 << 20, "wanted");
	changes_free(&changes);
}

static void test_cpus(void)
{
	struct cgroup_limits limits = {.cpus = (char[]){"0,2-3"}};
	struct cgroup_remembered nothing = {0};
	struct cgroup_changes changes;
	struct carrel_error err = {0};

	set_limit(&limits, CGROUP_CPUSET_CPUS, 0);
	CHECK(changes_build(&limits, NULL, &nothing, &changes, &err) == 0, "%s", why(&err));
	CHECK(changes.item[0].wanted.value.cpus[0] == 0x0d, "bits");
	changes_free(&changes);
	limits.cpus = (char[]){"0,a"};
	CHECK(changes_build(&limits, NULL, &nothing, &changes, &err) == -EINVAL, "a bad list");
	CHECK(strstr(why(&err), "0,a"), "%s", why(&err));
}

int main(void)
{
	test_implied_high();
	test_io_of_one_disk();
	test_resets();
	test_cpus();
	return failures ? 1 : 0;
}
