// SPDX-License-Identifier: MIT
#include "plan/manager.h"

#include <errno.h>

enum { OPEN_USEC = 10 * 1000 * 1000 };

enum cgroup_manager_kind manager_kind(enum host_manager configured)
{
	/* The compiler warns if a manager has no case. */
	switch (configured) {
	case HOST_MANAGER_SYSTEMD:
		return CGROUP_MANAGER_SYSTEMD;
	case HOST_MANAGER_CGROUPFS:
		return CGROUP_MANAGER_CGROUPFS;
	case HOST_MANAGER_AUTO:
		break;
	}
	return CGROUP_MANAGER_AUTO;
}

enum cgroup_manager_kind manager_configured(void)
{
	enum host_manager configured;
	struct host_config config;

	(void)host_config_load(POLICY_HOST_INI, &config, NULL, NULL);
	configured = config.cgroup_manager;
	host_config_free(&config);
	return manager_kind(configured);
}

int manager_open(struct cgroup_manager **ret_manager, struct carrel_error *err)
{
	return cgroup_manager_open(manager_configured(), deadline_in(OPEN_USEC), ret_manager, err);
}
