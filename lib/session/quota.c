// SPDX-License-Identifier: MIT
#include "session/quota.h"

static uint64_t limit_number(
	const struct cgroup_manager *manager, const char *node, enum cgroup_limit_id id)
{
	uint64_t number;

	return cgroup_read_number(manager, node, id, &number) < 0 ? CGROUP_UNLIMITED : number;
}

void quota_read(const struct cgroup_manager *manager, const char *node, bool use,
	struct session_quota *ret_quota)
{
	struct session_quota quota = {
		.cpu_max = limit_number(manager, node, CGROUP_CPU_MAX),
		.memory_max = limit_number(manager, node, CGROUP_MEMORY_MAX),
		.pids_max = limit_number(manager, node, CGROUP_PIDS_MAX),
		.use = CGROUP_USAGE_UNKNOWN,
	};

	if (use)
		(void)cgroup_read_usage(manager, node, &quota.use);
	*ret_quota = quota;
}
