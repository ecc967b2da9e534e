// SPDX-License-Identifier: MIT
/*
 * environment.c - tells programs that know no cgroups their quota, by MEM_LIMIT and CPU_LIMIT: the
 * names and units are those of JupyterHub's spawners.
 */
#include "module.h"

#include <errno.h>
#include <inttypes.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <string.h>

enum { USEC_A_SECOND = 1000000, DIGITS = 6 };

/* Formats "2.0" or "0.5", whatever the locale is. */
static void format_cpu_limit(uint64_t usec, char *buf, size_t size)
{
	int length = snprintf(buf, size, "%" PRIu64 ".%0*" PRIu64, usec / USEC_A_SECOND, DIGITS,
		usec % USEC_A_SECOND);

	while (length > 2 && buf[length - 1] == '0' && buf[length - 2] != '.')
		buf[--length] = '\0';
}

void environment_set(pam_handle_t *pamh, const struct plan *plan, const struct session_quota *quota)
{
	char memory[64], cpu[64] = "CPU_LIMIT=";
	struct carrel_error err = {0};
	int r = PAM_SUCCESS;

	/* A guest has a machine of its own. */
	if (plan->mode == POLICY_MODE_GUEST)
		return;
	if (quota->memory_max != CGROUP_UNLIMITED) {
		snprintf(memory, sizeof(memory), "MEM_LIMIT=%" PRIu64, quota->memory_max);
		r = pam_putenv(pamh, memory);
	}
	if (r == PAM_SUCCESS && quota->cpu_max != CGROUP_UNLIMITED) {
		size_t used = strlen(cpu);

		format_cpu_limit(quota->cpu_max, cpu + used, sizeof(cpu) - used);
		r = pam_putenv(pamh, cpu);
	}
	if (r == PAM_SUCCESS)
		return;
	error_set(&err, -ENOMEM, "MEM_LIMIT and CPU_LIMIT of user %s", plan->user);
	report_error(pamh, "environment", &err);
}
