// SPDX-License-Identifier: MIT
#include "cgroup/rescue.h"
#include "base/cleanup.h"
#include "cgroup/apply/check.h"
#include "cgroup/tree/hierarchy.h"
#include "cgroup/tree/keyed.h"
#include "cgroup/tree/node.h"

#include <sys/sysinfo.h>

enum {
	/* A login takes session-init, sshd's child, a shell, and two processes that the shell
	 * starts. */
	LOGIN_PIDS = 5,
	LOGIN_MEMORY = 16 << 20,
};

/* A rescue session gets at most this much of what the policy limits. All other limits are the
 * policy's own. */
static const struct {
	enum cgroup_limit_id id;
	uint64_t most;
} caps[] = {
	{CGROUP_CPU_MAX, 500000}, /* half a CPU */
	{CGROUP_MEMORY_MAX, 64 << 20}, {CGROUP_MEMORY_SWAP_MAX, 0}, {CGROUP_PIDS_MAX, 32},
	{CGROUP_IO_MAX, CGROUP_UNLIMITED}, /* as the policy has it */
};

static uint64_t lesser_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t difference_or_zero(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static uint64_t limit_of(
	const struct cgroup_manager *manager, const char *path, int node, enum cgroup_limit_id id)
{
	struct cgroup_setting setting = {.id = id};

	return node_read_setting(manager, path, node, &setting) < 0 ? CGROUP_UNLIMITED
								    : setting.value.number;
}

/* Returns how many bytes of swap are free on this machine for this user. */
static uint64_t swap_left(const struct cgroup_manager *manager, const char *path, int node)
{
	const struct cgroup_hierarchy *hierarchy = hierarchy_of(manager, CGROUP_MEMORY_SWAP_MAX);
	cleanup_close int v1 = hierarchy ? hierarchy_open(hierarchy, path) : -EBADF;
	uint64_t used = 0, most = limit_of(manager, path, node, CGROUP_MEMORY_SWAP_MAX);
	struct sysinfo machine;

	if (sysinfo(&machine) < 0)
		return 0;
	if (hierarchy)
		(void)keyed_read_value(v1, "memory.stat", "total_swap", &used);
	else
		(void)keyed_read_number(node, "memory.swap.current", &used);
	return lesser_of((uint64_t)machine.freeswap * machine.mem_unit,
		most == CGROUP_UNLIMITED ? most : difference_or_zero(most, used));
}

/* Returns whether memory is used up. It counts as used up at memory.high already, above which the
 * kernel slows everything down. */
static bool memory_used_up(
	const struct cgroup_manager *manager, const char *path, int node, uint64_t now)
{
	uint64_t most = lesser_of(limit_of(manager, path, node, CGROUP_MEMORY_MAX),
		limit_of(manager, path, node, CGROUP_MEMORY_HIGH));
	uint64_t held, left;

	/* Usually there is room, and then it does not matter how much could be reclaimed. */
	if (most == CGROUP_UNLIMITED || now == UINT64_MAX ||
		difference_or_zero(most, now) >= LOGIN_MEMORY)
		return false;
	if (check_memory_held(manager, path, &held) < 0)
		return false;
	left = difference_or_zero(most, held);
	return left < LOGIN_MEMORY && swap_left(manager, path, node) < LOGIN_MEMORY - left;
}

static bool pids_used_up(
	const struct cgroup_manager *manager, const char *path, int node, uint64_t now)
{
	uint64_t most = limit_of(manager, path, node, CGROUP_PIDS_MAX);

	return most != CGROUP_UNLIMITED && now != UINT64_MAX &&
	       difference_or_zero(most, now) < LOGIN_PIDS;
}

bool cgroup_used_up(const struct cgroup_manager *manager, const char *path)
{
	cleanup_close int node = node_open(manager, path);
	struct cgroup_usage usage;

	if (node < 0 || cgroup_read_usage(manager, path, &usage) < 0)
		return false;
	return pids_used_up(manager, path, node, usage.pids) ||
	       memory_used_up(manager, path, node, usage.memory);
}

/*
 * Returns the limits of the rescue node. A '?' leaves out what this host cannot enforce for
 * anybody, and nothing that merely failed. The copy shares what @limits points to.
 */
static struct cgroup_limits limits_left(
	const struct cgroup_manager *manager, const struct cgroup_limits *limits)
{
	struct cgroup_limits left = *limits;

	left.limit[CGROUP_MEMORY_HIGH].set = false; /* apply() sets it just below memory.max */
	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
		struct cgroup_limit *limit = &left.limit[caps[i].id];

		limit->value = lesser_of(limit->value, caps[i].most);
		if (limit->set && limit->optional)
			limit->set = cgroup_can_limit(manager, NULL, caps[i].id, NULL) != -ENOTSUP;
		limit->optional = false;
	}
	return left;
}

int cgroup_rescue(struct cgroup_manager *manager, const struct cgroup_request *request,
	struct cgroup_place *place)
{
	struct cgroup_limits left = limits_left(manager, request->limits);
	struct cgroup_request rescue = *request;
	int r;

	rescue.limits = &left;
	r = manager->ops->rescue(manager, &rescue, place);
	if (r < 0 || !cgroup_used_up(manager, place->rescue))
		return r;
	error_set(request->err, -EUSERS, "cgroup %s%s", manager->root, place->rescue);
	return error_why(
		request->err, "your quota is used up, and so is what is kept for a rescue session");
}
