// SPDX-License-Identifier: MIT
#include "base/cleanup.h"
#include "base/machine.h"
#include "plan/builders.h"

#include <stdio.h>
#include <string.h>

static const struct {
	enum policy_key key;
	enum cgroup_limit_id id;
} rows[] = {
	{POLICY_CGROUP_CPU_MAX, CGROUP_CPU_MAX},
	{POLICY_CGROUP_CPU_WEIGHT, CGROUP_CPU_WEIGHT},
	{POLICY_CGROUP_CPUSET_CPUS, CGROUP_CPUSET_CPUS},
	{POLICY_CGROUP_MEMORY_HIGH, CGROUP_MEMORY_HIGH},
	{POLICY_CGROUP_MEMORY_MAX, CGROUP_MEMORY_MAX},
	{POLICY_CGROUP_MEMORY_SWAP_MAX, CGROUP_MEMORY_SWAP_MAX},
	{POLICY_CGROUP_PIDS_MAX, CGROUP_PIDS_MAX},
	{POLICY_CGROUP_IO_MAX, CGROUP_IO_MAX},
	{POLICY_CGROUP_IO_WEIGHT, CGROUP_IO_WEIGHT},
};

static uint64_t bytes_of(const struct policy_value *value)
{
	if (value->number == POLICY_UNLIMITED)
		return CGROUP_UNLIMITED;
	if (value->unit == POLICY_SIZE_PERCENT)
		return machine_memory() / 100 * value->number;
	return value->number;
}

/* Adds the row of io.max for the device behind one path. Where two paths lie on one disk,
 * lib/cgroup takes the smaller rates (changes_build()). */
static int add_io(
	struct cgroup_limits *limits, const struct policy_io *policy, struct carrel_error *err)
{
	struct cgroup_io io = {
		.rbps = policy->rbps,
		.wbps = policy->wbps,
		.riops = policy->riops,
		.wiops = policy->wiops,
	};
	int r = cgroup_block_device(policy->path, &io.device, err);

	if (r < 0)
		return r;
	snprintf(io.path, sizeof(io.path), "%s", policy->path);
	limits->io[limits->n_io++] = io;
	return 0;
}

static int build_io(
	const struct policy_setting *setting, struct plan *plan, struct carrel_error *err)
{
	const struct policy_value *value = &setting->value;
	struct cgroup_limits *limits = &plan->limits;

	limits->io = calloc(value->n_io, sizeof(*limits->io));
	if (!limits->io && value->n_io > 0)
		return error_set(err, -ENOMEM, "io.max");
	for (size_t i = 0; i < value->n_io; i++) {
		int r = add_io(limits, &value->io[i], err);

		/* An optional limit whose device cannot be found counts as one that cannot be
		 * enforced. */
		if (r < 0 && !(setting->optional && r != -ENOMEM))
			return r;
		plan->io_skipped |= r < 0;
	}
	limits->limit[CGROUP_IO_MAX].set = limits->n_io > 0;
	return 0;
}

int plan_build_limits(const struct policy *policy, struct plan *plan, struct carrel_error *err)
{
	struct cgroup_limits *limits = &plan->limits;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct policy_setting *setting = &policy->setting[rows[i].key];
		struct cgroup_limit *limit = &limits->limit[rows[i].id];
		int r;

		if (!setting->set)
			continue;
		limit->set = true;
		limit->optional = setting->optional;
		limit->value = bytes_of(&setting->value);
		if (rows[i].id == CGROUP_IO_MAX) {
			r = build_io(setting, plan, err);
			if (r < 0)
				return r;
		}
		if (rows[i].id == CGROUP_CPUSET_CPUS) {
			limits->cpus = strdup(setting->text);
			if (!limits->cpus)
				return error_set(err, -ENOMEM, "cpuset.cpus");
		}
	}
	return 0;
}
