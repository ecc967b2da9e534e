// SPDX-License-Identifier: MIT
#include "cgroup/check.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/node.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

enum { PROC_CGROUPS_MAX = 1 << 16, CPUS_TEXT_MAX = 1 << 16 };

struct check {
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

/* Whether a v1 hierarchy has taken the controller away from the cgroup2 tree (cgroups(7)). */
static bool controller_in_v1(const char *controller)
{
	cleanup_free char *text = NULL;
	size_t length = strlen(controller);

	if (fd_read_file(AT_FDCWD, "/proc/cgroups", PROC_CGROUPS_MAX, &text) < 0)
		return false;
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, controller, length) == 0 && line[length] == '\t')
			return strtoul(line + length, NULL, 10) != 0;
	}
	return false;
}

static int check_controller(const struct check *check, const struct cgroup_change *change)
{
	const char *controller = cgroup_rows[change->wanted.id].controller;
	int r;

	r = node_has_word(check->manager, "/", "cgroup.controllers", controller);
	if (r > 0)
		return 0;
	if (r < 0)
		return error_set(check->err, r, "%s/cgroup.controllers", check->manager->root);
	change_error(change, check->uid, check->err, -ENOTSUP);
	error_why(check->err, "controller %s is not in %s/cgroup.controllers%s", controller,
		check->manager->root,
		/* blkio is the v1 name of io. */
		controller_in_v1(strcmp(controller, "io") == 0 ? "blkio" : controller)
			? ": a cgroup v1 hierarchy holds it"
			: "");
	return -ENOTSUP;
}

/* What the user holds that cannot be taken back without killing: page cache and the like can. */
static uint64_t memory_held(int fd)
{
	uint64_t held = 0, cache = 0, shmem = 0, slab = 0;

	if (node_read_number(fd, "memory.current", &held) < 0)
		return 0;
	(void)node_read_keyed(fd, "memory.stat", "file", &cache);
	(void)node_read_keyed(fd, "memory.stat", "shmem", &shmem);
	(void)node_read_keyed(fd, "memory.stat", "slab_reclaimable", &slab);
	cache = (cache > shmem ? cache - shmem : 0) + slab;
	return held > cache ? held - cache : 0;
}

static int check_memory(const struct check *check, const struct cgroup_change *change)
{
	cleanup_close int fd = -EBADF;
	uint64_t wanted = change->wanted.value.number, held;

	if (wanted >= change->present.value.number)
		return 0;
	fd = node_open(check->manager, check->path);
	if (fd < 0)
		return error_set(check->err, fd, "cgroup %s", check->path);
	held = memory_held(fd);
	if (held <= wanted)
		return 0;
	change_error(change, check->uid, check->err, -EBUSY);
	error_why(check->err, "uses %" PRIu64 " bytes, policy says %" PRIu64, held, wanted);
	return -EBUSY;
}

int check_present_cpus(const struct cgroup_manager *manager, uint8_t cpus[static CGROUP_CPUS_BYTES])
{
	cleanup_close int fd = node_open(manager, "/");
	cleanup_free char *text = NULL;
	int r;

	if (fd < 0)
		return fd;
	r = fd_read_file(fd, "cpuset.cpus.effective", CPUS_TEXT_MAX, &text);
	return r < 0 ? r : cgroup_cpus_parse(text, cpus);
}

/* A list without any CPU that is there is taken by the kernel, and means all CPUs. */
static int check_cpus(const struct check *check, const struct cgroup_change *change)
{
	uint8_t present[CGROUP_CPUS_BYTES];
	const uint8_t *wanted = change->wanted.value.cpus;

	if (check_present_cpus(check->manager, present) < 0)
		return 0;
	for (int i = 0; i < CGROUP_CPUS_BYTES; i++)
		if (wanted[i] & present[i])
			return 0;
	change_error(change, check->uid, check->err, -EINVAL);
	error_why(check->err, "this machine has none of these CPUs");
	return -EINVAL;
}

int check_change(const struct cgroup_manager *manager, const char *path, uid_t uid,
	const struct cgroup_change *change, struct carrel_error *err)
{
	struct check check = {manager, path, uid, err};
	int r = check_controller(&check, change);

	if (r < 0)
		return r;
	if (change->wanted.id == CGROUP_MEMORY_MAX)
		return check_memory(&check, change);
	if (change->wanted.id == CGROUP_CPUSET_CPUS)
		return check_cpus(&check, change);
	return 0;
}
