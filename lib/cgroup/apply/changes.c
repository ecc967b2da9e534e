// SPDX-License-Identifier: MIT
#include "cgroup/apply/changes.h"
#include "base/cleanup.h"

#include <string.h>

/*
 * Where the policy sets no memory.high, carrel sets it to memory.max less one part in this many.
 * The kernel then throttles and reclaims a little before it kills, which gives the poller of
 * memory.events time to point the killer at the hog. With a gap wider than 2 % the hog is throttled
 * for long before that.
 */
enum { HIGH_GAP_PART = 64 };

void changes_free(struct cgroup_changes *changes)
{
	free(changes->item);
	memset(changes, 0, sizeof(*changes));
}

static struct cgroup_change *find_change(
	struct cgroup_changes *changes, enum cgroup_limit_id id, dev_t device)
{
	for (size_t i = 0; i < changes->count; i++)
		if (changes->item[i].wanted.id == id && changes->item[i].wanted.device == device)
			return &changes->item[i];
	return NULL;
}

/* Adds a change at the end, where changes_build() has left room for it. */
static struct cgroup_change *append_change(
	struct cgroup_changes *changes, enum cgroup_limit_id id, dev_t device)
{
	struct cgroup_change *change = &changes->item[changes->count++];

	memset(change, 0, sizeof(*change));
	change->wanted.id = change->present.id = id;
	change->wanted.device = change->present.device = device;
	return change;
}

static void lower_rate(uint64_t *value, uint64_t other)
{
	if (other < *value)
		*value = other;
}

/* Appends a change for each disk of io.max. Two folders of a policy may lie on one disk: then the
 * lower rate of each kind counts. */
static void append_io_changes(struct cgroup_changes *changes, const struct cgroup_limits *limits,
	dev_t (*io_device)(dev_t device))
{
	for (size_t i = 0; i < limits->n_io; i++) {
		const struct cgroup_io *io = &limits->io[i];
		dev_t device = io_device ? io_device(io->device) : io->device;
		struct cgroup_change *change = find_change(changes, CGROUP_IO_MAX, device);
		uint64_t *value;

		if (!change) {
			change = append_change(changes, CGROUP_IO_MAX, device);
			change->optional = limits->limit[CGROUP_IO_MAX].optional;
			change->path = io->path;
			cgroup_setting_inherent(&change->wanted);
		}
		value = change->wanted.value.io;
		lower_rate(&value[CGROUP_IO_RBPS], io->rbps);
		lower_rate(&value[CGROUP_IO_WBPS], io->wbps);
		lower_rate(&value[CGROUP_IO_RIOPS], io->riops);
		lower_rate(&value[CGROUP_IO_WIOPS], io->wiops);
	}
}

static void append_implied_high(struct cgroup_changes *changes, const struct cgroup_limits *limits)
{
	const struct cgroup_limit *max = &limits->limit[CGROUP_MEMORY_MAX];
	struct cgroup_change *change;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	if (limits->limit[CGROUP_MEMORY_HIGH].set || !max->set || max->value == CGROUP_UNLIMITED)
		return;
	change = append_change(changes, CGROUP_MEMORY_HIGH, 0);
	change->optional = change->implied = true;
	change->wanted.value.number = (max->value - max->value / HIGH_GAP_PART) / page * page;
}

static void append_resets(
	struct cgroup_changes *changes, const struct cgroup_remembered *remembered)
{
	for (size_t i = 0; i < remembered->count; i++) {
		const struct cgroup_setting *before = &remembered->item[i];
		struct cgroup_change *change;

		if (find_change(changes, before->id, before->device))
			continue;
		change = append_change(changes, before->id, before->device);
		change->wanted = *before;
		change->reset = true;
	}
}

int changes_build(const struct cgroup_limits *limits, dev_t (*io_device)(dev_t device),
	const struct cgroup_remembered *remembered, struct cgroup_changes *ret_changes,
	struct carrel_error *err)
{
	cleanup(changes_free) struct cgroup_changes changes = {0};

	changes.item = calloc(
		CGROUP_LIMIT_COUNT + limits->n_io + remembered->count, sizeof(*changes.item));
	if (!changes.item)
		return error_set(err, -ENOMEM, "limits");
	for (int i = 0; i < CGROUP_LIMIT_COUNT; i++) {
		enum cgroup_limit_id id = (enum cgroup_limit_id)i;
		const struct cgroup_limit *limit = &limits->limit[id];
		struct cgroup_change *change;

		if (!limit->set)
			continue;
		if (id == CGROUP_IO_MAX) {
			append_io_changes(&changes, limits, io_device);
			continue;
		}
		change = append_change(&changes, id, 0);
		change->optional = limit->optional;
		change->wanted.value.number = limit->value;
		if (id != CGROUP_CPUSET_CPUS)
			continue;
		change->wanted.value.number = 0;
		if (cpu_list_parse(limits->cpus ? limits->cpus : "", change->wanted.value.cpus) < 0)
			return error_set(err, -EINVAL, "cpuset.cpus %s", limits->cpus);
	}
	append_implied_high(&changes, limits);
	append_resets(&changes, remembered);
	*ret_changes = changes;
	changes.item = NULL;
	return 0;
}
