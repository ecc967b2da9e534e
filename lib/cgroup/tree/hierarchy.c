// SPDX-License-Identifier: MIT
#include "cgroup/tree/hierarchy.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/setting.h"
#include "cgroup/tree/membership.h"
#include "cgroup/tree/root.h"

#include <fcntl.h>
#include <string.h>

/* Returns whether @name is one of @controllers ("cpu,cpuacct"). */
static bool lists_controller(const char *controllers, const char *name)
{
	size_t length = strlen(name);

	for (const char *p = controllers; *p; p += *p == ',') {
		size_t n = strcspn(p, ",");

		if (n == length && memcmp(p, name, n) == 0)
			return true;
		p += n;
	}
	return false;
}

/* Returns whether carrel limits something by one of @controllers, or one is cpuacct. cpuacct has no
 * limits, but a JVM asks for it before it looks at any limit, and systemd mounts it in one
 * hierarchy with cpu. */
static bool is_used_by_carrel(const char *controllers)
{
	if (lists_controller(controllers, "cpuacct"))
		return true;
	for (int id = 0; id < CGROUP_LIMIT_COUNT; id++)
		if (lists_controller(controllers, cgroup_rows[id].v1.controller))
			return true;
	return false;
}

static int add_hierarchy(struct cgroup_manager *manager, const char *controllers)
{
	struct cgroup_hierarchy *hierarchy = &manager->v1[manager->n_v1];
	int r;

	if (!is_used_by_carrel(controllers))
		return 0;
	if (manager->n_v1 == CGROUP_V1_MAX || strlen(controllers) >= sizeof(hierarchy->controllers))
		return -E2BIG;
	strcpy(hierarchy->controllers, controllers);
	r = cgroup_root_open(controllers, hierarchy->root, sizeof(hierarchy->root));
	/* The hierarchy is not mounted. Limits of its controllers are refused because the
	 * controllers are missing. */
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	hierarchy->fd = r;
	manager->n_v1++;
	return 0;
}

int hierarchies_open(struct cgroup_manager *manager)
{
	cleanup(membership_free) struct membership_list list = {0};
	struct membership membership;
	int r = membership_load(0, &list);

	while (r == 0 && membership_next(&list, &membership))
		r = add_hierarchy(manager, membership.controllers);
	return r;
}

void hierarchies_close(struct cgroup_manager *manager)
{
	for (size_t i = 0; i < manager->n_v1; i++)
		fd_closep(&manager->v1[i].fd);
	manager->n_v1 = 0;
}

const struct cgroup_hierarchy *hierarchy_of(
	const struct cgroup_manager *manager, enum cgroup_limit_id id)
{
	for (size_t i = 0; i < manager->n_v1; i++)
		if (lists_controller(manager->v1[i].controllers, cgroup_rows[id].v1.controller))
			return &manager->v1[i];
	return NULL;
}

const struct cgroup_hierarchy *hierarchy_find(
	const struct cgroup_manager *manager, const char *controllers)
{
	for (size_t i = 0; i < manager->n_v1; i++)
		if (strcmp(manager->v1[i].controllers, controllers) == 0)
			return &manager->v1[i];
	return NULL;
}

bool hierarchy_has(const struct cgroup_hierarchy *hierarchy, const char *controller)
{
	return lists_controller(hierarchy->controllers, controller);
}

int hierarchy_open(const struct cgroup_hierarchy *hierarchy, const char *path)
{
	if (path[0] != '/')
		return -EINVAL;
	if (hierarchy->closed)
		return -ENOENT;
	path += strspn(path, "/");
	return fd_open_beneath(hierarchy->fd, path[0] ? path : ".", O_PATH | O_DIRECTORY, 0);
}
