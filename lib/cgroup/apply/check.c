// SPDX-License-Identifier: MIT
#include "cgroup/apply/check.h"
#include "base/cleanup.h"
#include "cgroup/apply/cpuset.h"
#include "cgroup/tree/hierarchy.h"
#include "cgroup/tree/keyed.h"
#include "cgroup/tree/node.h"
#include "cgroup/tree/v1.h"

#include <inttypes.h>

struct limit_check {
	const struct cgroup_manager *manager;
	const char *path;
	uid_t uid;
	struct carrel_error *err;
};

int change_error(const struct cgroup_change *change, uid_t uid, struct carrel_error *err, int code)
{
	const char *name = cgroup_limit_name(change->wanted.id);

	if (change->path && change->path[0])
		return error_set(
			err, code, "%s of %s for user %u", name, change->path, (unsigned)uid);
	return error_set(err, code, "%s of user %u", name, (unsigned)uid);
}

static int check_controller(const struct limit_check *check, const struct cgroup_change *change)
{
	struct carrel_error err = {0};
	int r = cgroup_can_limit(check->manager, check->path, change->wanted.id, &err);

	if (r == 0)
		return 0;
	if (!err.why[0])
		return error_set(check->err, r, "%s", err.text);
	change_error(change, check->uid, check->err, r);
	error_why(check->err, "%s", err.why);
	return r;
}

/* Returns how many bytes the user holds, without page cache and the like, which the kernel can take
 * back. */
static uint64_t memory_held(int fd)
{
	uint64_t held = 0, cache = 0, shmem = 0, slab = 0;

	if (keyed_read_number(fd, "memory.current", &held) < 0)
		return 0;
	(void)keyed_read_value(fd, "memory.stat", "file", &cache);
	(void)keyed_read_value(fd, "memory.stat", "shmem", &shmem);
	(void)keyed_read_value(fd, "memory.stat", "slab_reclaimable", &slab);
	cache = (cache > shmem ? cache - shmem : 0) + slab;
	return held > cache ? held - cache : 0;
}

int check_memory_held(const struct cgroup_manager *manager, const char *path, uint64_t *ret_bytes)
{
	const struct cgroup_hierarchy *hierarchy = hierarchy_of(manager, CGROUP_MEMORY_MAX);
	cleanup_close int fd =
		hierarchy ? hierarchy_open(hierarchy, path) : node_open(manager, path);

	if (fd < 0)
		return fd;
	*ret_bytes = hierarchy ? v1_memory_held(fd) : memory_held(fd);
	return 0;
}

static int check_memory(const struct limit_check *check, const struct cgroup_change *change)
{
	uint64_t wanted = change->wanted.value.number, held;
	int r;

	if (wanted >= change->present.value.number)
		return 0;
	r = check_memory_held(check->manager, check->path, &held);
	if (r < 0)
		return error_set(check->err, r, "cgroup %s", check->path);
	if (held <= wanted)
		return 0;
	change_error(change, check->uid, check->err, -EBUSY);
	error_why(
		check->err, "uses %" PRIu64 " bytes, and the policy allows %" PRIu64, held, wanted);
	return -EBUSY;
}

/* Refuses a limit on swap where v1 has the controller and memory has no limit: v1 limits swap only
 * together with memory. */
static int check_swap(const struct limit_check *check, const struct cgroup_change *change,
	const struct cgroup_changes *all)
{
	if (!hierarchy_of(check->manager, CGROUP_MEMORY_SWAP_MAX) ||
		change->wanted.value.number == CGROUP_UNLIMITED)
		return 0;
	for (size_t i = 0; i < all->count; i++) {
		const struct cgroup_change *max = &all->item[i];

		if (max->wanted.id == CGROUP_MEMORY_MAX && !max->reset &&
			max->state != CHANGE_SKIPPED &&
			max->wanted.value.number != CGROUP_UNLIMITED)
			return 0;
	}
	change_error(change, check->uid, check->err, -ENOTSUP);
	error_why(check->err, "cgroup v1, which this host uses for memory, limits memory and swap "
			      "together: it needs a memory.max as well");
	return -ENOTSUP;
}

static int check_cpus(const struct limit_check *check, const struct cgroup_change *change)
{
	if (cpuset_possible(check->manager, check->path, change))
		return 0;
	change_error(change, check->uid, check->err, -EINVAL);
	error_why(check->err, "this machine has none of these CPUs");
	return -EINVAL;
}

int check_change(const struct cgroup_manager *manager, const char *path, uid_t uid,
	const struct cgroup_change *change, const struct cgroup_changes *all,
	struct carrel_error *err)
{
	struct limit_check check = {manager, path, uid, err};
	int r = change->state == CHANGE_OPEN ? check_controller(&check, change) : 0;

	if (r < 0)
		return r;
	if (change->wanted.id == CGROUP_MEMORY_MAX)
		return check_memory(&check, change);
	if (change->wanted.id == CGROUP_MEMORY_SWAP_MAX)
		return check_swap(&check, change, all);
	if (change->wanted.id == CGROUP_CPUSET_CPUS)
		return check_cpus(&check, change);
	return 0;
}
