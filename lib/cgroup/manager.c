// SPDX-License-Identifier: MIT
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/machine.h"
#include "cgroup/backend.h"
#include "cgroup/tree/hierarchy.h"
#include "cgroup/tree/mountinfo.h"
#include "cgroup/tree/root.h"

#include <string.h>

/* Opens the root of the cgroup2 tree. Returns -ENOTSUP for a host that has none, and another -errno
 * where carrel could not look for it. */
static int find_root(struct cgroup_manager *manager, struct carrel_error *err)
{
	int r = cgroup_root_open("", manager->root, sizeof(manager->root));

	if (r >= 0) {
		manager->root_fd = r;
		return 0;
	}
	if (r != -ENOENT)
		return error_set(err, r, "cgroup2 file system");
	error_set(err, -ENOTSUP, "cgroup2 file system");
	if (manager->n_v1 > 0)
		error_why(err, "none is mounted beside the cgroup v1 hierarchies (mkdir "
			       "/sys/fs/cgroup/unified && mount -t cgroup2 none "
			       "/sys/fs/cgroup/unified)");
	else
		error_why(err,
			"none is mounted (mount -t cgroup2 none /sys/fs/cgroup, or boot with "
			"systemd.unified_cgroup_hierarchy=1)");
	return -ENOTSUP;
}

static bool favours_moves(const struct mountinfo *mount, void *data)
{
	(void)data;
	return strncmp(mount->type, "cgroup", strlen("cgroup")) == 0 &&
	       strstr(mount->options, "favordynmods");
}

bool cgroup_moves_at_once(void)
{
	return mountinfo_find(favours_moves, NULL) == 0;
}

static int choose_backend(enum cgroup_manager_kind kind, const struct cgroup_manager_ops **ret_ops,
	struct carrel_error *err)
{
	bool systemd = machine_runs_systemd();

	if (kind == CGROUP_MANAGER_SYSTEMD && !systemd) {
		error_set(err, -ENOTSUP, "cgroup manager systemd");
		error_why(err, "this host does not run systemd; use cgroup_manager = cgroupfs");
		return -ENOTSUP;
	}
	if (kind == CGROUP_MANAGER_AUTO)
		kind = systemd ? CGROUP_MANAGER_SYSTEMD : CGROUP_MANAGER_CGROUPFS;
	*ret_ops = kind == CGROUP_MANAGER_SYSTEMD ? &cgroup_systemd_ops : &cgroup_cgroupfs_ops;
	return 0;
}

int cgroup_manager_open(enum cgroup_manager_kind kind, deadline_t deadline,
	struct cgroup_manager **ret_manager, struct carrel_error *err)
{
	struct cgroup_manager *manager;
	int r;

	/* Opening a manager never waits: the first call that needs the bus connects to it. */
	(void)deadline;
	manager = calloc(1, sizeof(*manager));
	if (!manager)
		return error_set(err, -ENOMEM, "cgroup manager");
	manager->root_fd = -EBADF;
	r = choose_backend(kind, &manager->ops, err);
	if (r == 0) {
		r = hierarchies_open(manager);
		r = r < 0 ? error_set(err, r, "cgroup v1 hierarchies") : find_root(manager, err);
	}
	if (r < 0) {
		cgroup_manager_free(manager);
		return r;
	}
	*ret_manager = manager;
	return 0;
}

void cgroup_manager_free(struct cgroup_manager *manager)
{
	if (!manager)
		return;
	if (manager->ops)
		manager->ops->free(manager);
	hierarchies_close(manager);
	fd_closep(&manager->root_fd);
	free(manager);
}
