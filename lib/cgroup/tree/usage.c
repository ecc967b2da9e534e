// SPDX-License-Identifier: MIT
/*
 * usage.c - reads what a node uses, and how often it has met its limits.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/tree/hierarchy.h"
#include "cgroup/tree/keyed.h"
#include "cgroup/tree/node.h"

/* Opens the node @path in the tree that has the controller of @id, and says in *ret_v1 whether that
 * is a v1 hierarchy. Returns a descriptor or -errno. */
static int open_controlled(const struct cgroup_manager *manager, const char *path,
	enum cgroup_limit_id id, bool *ret_v1)
{
	const struct cgroup_hierarchy *hierarchy = hierarchy_of(manager, id);

	*ret_v1 = hierarchy != NULL;
	return hierarchy ? hierarchy_open(hierarchy, path) : node_open(manager, path);
}

/* Reads @v2_file, or @v1_file where a v1 hierarchy has the controller of @id. A controller that is
 * not enabled has no such file, and the number is unknown. */
static uint64_t read_usage_file(const struct cgroup_manager *manager, const char *path,
	enum cgroup_limit_id id, const char *v2_file, const char *v1_file)
{
	uint64_t number = UINT64_MAX;
	bool v1;
	cleanup_close int fd = open_controlled(manager, path, id, &v1);

	(void)keyed_read_number(fd, v1 ? v1_file : v2_file, &number);
	return number;
}

/* Returns what is swapped out. cgroup v1 counts memory and swap together. */
static uint64_t read_swapped(
	const struct cgroup_manager *manager, const char *path, uint64_t memory)
{
	uint64_t number = read_usage_file(manager, path, CGROUP_MEMORY_SWAP_MAX,
		"memory.swap.current", "memory.memsw.usage_in_bytes");

	if (number == UINT64_MAX || !hierarchy_of(manager, CGROUP_MEMORY_SWAP_MAX))
		return number;
	return number > memory ? number - memory : 0;
}

int cgroup_read_usage(
	const struct cgroup_manager *manager, const char *path, struct cgroup_usage *ret_usage)
{
	cleanup_close int fd = node_open(manager, path);
	struct cgroup_usage usage = {.cpu_usec = UINT64_MAX};

	if (fd < 0)
		return fd;
	usage.memory = read_usage_file(
		manager, path, CGROUP_MEMORY_MAX, "memory.current", "memory.usage_in_bytes");
	usage.swap = read_swapped(manager, path, usage.memory);
	usage.pids =
		read_usage_file(manager, path, CGROUP_PIDS_MAX, "pids.current", "pids.current");
	/* cgroup2 counts CPU time without the controller, too. */
	(void)keyed_read_value(fd, "cpu.stat", "usage_usec", &usage.cpu_usec);
	*ret_usage = usage;
	return 0;
}

/* Reads the number behind a key in a file of the controller of @id. */
static uint64_t read_event(const struct cgroup_manager *manager, const char *path,
	enum cgroup_limit_id id, const char *const v2[2], const char *const v1[2])
{
	uint64_t number = UINT64_MAX;
	bool is_v1;
	cleanup_close int fd = open_controlled(manager, path, id, &is_v1);
	const char *const *from = is_v1 ? v1 : v2;

	(void)keyed_read_value(fd, from[0], from[1], &number);
	return number;
}

int cgroup_read_events(
	const struct cgroup_manager *manager, const char *path, struct cgroup_events *ret_events)
{
	static const char *const kills[] = {"memory.events", "oom_kill"};
	static const char *const kills_v1[] = {"memory.oom_control", "oom_kill"};
	static const char *const pids[] = {"pids.events", "max"};
	static const char *const throttled[] = {"cpu.stat", "throttled_usec"};
	static const char *const throttled_v1[] = {"cpu.stat", "throttled_time"};
	cleanup_close int fd = node_open(manager, path);
	uint64_t held_back;

	if (fd < 0)
		return fd;
	held_back = read_event(manager, path, CGROUP_CPU_MAX, throttled, throttled_v1);
	/* cgroup v1 counts nanoseconds. */
	if (held_back != UINT64_MAX && hierarchy_of(manager, CGROUP_CPU_MAX))
		held_back /= 1000;
	*ret_events = (struct cgroup_events){
		.oom_kills = read_event(manager, path, CGROUP_MEMORY_MAX, kills, kills_v1),
		.pids_refused = read_event(manager, path, CGROUP_PIDS_MAX, pids, pids),
		.throttled_usec = held_back,
	};
	return 0;
}
