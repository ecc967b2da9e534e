// SPDX-License-Identifier: MIT
#include "cgroup/limits.h"
#include "base/cleanup.h"
#include "cgroup/setting.h"

#include <string.h>

void cgroup_limits_free(struct cgroup_limits *limits)
{
	if (!limits)
		return;
	free(limits->cpus);
	free(limits->io);
	memset(limits, 0, sizeof(*limits));
}

const char *cgroup_limit_name(enum cgroup_limit_id id)
{
	return (unsigned)id < CGROUP_LIMIT_COUNT ? cgroup_rows[id].name : "?";
}

const char *cgroup_limit_names(cgroup_limit_set set, char buf[static CGROUP_LIMIT_NAMES_MAX])
{
	size_t used = 0;

	buf[0] = '\0';
	for (int id = 0; id < CGROUP_LIMIT_COUNT && used < CGROUP_LIMIT_NAMES_MAX; id++)
		if (set & cgroup_limit_bit((enum cgroup_limit_id)id))
			used += (size_t)snprintf(buf + used, CGROUP_LIMIT_NAMES_MAX - used, "%s%s",
				used ? ", " : "", cgroup_rows[id].name);
	return buf;
}
