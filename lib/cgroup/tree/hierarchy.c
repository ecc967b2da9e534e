// SPDX-License-Identifier: MIT
#include "cgroup/tree/hierarchy.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/setting.h"
#include "cgroup/tree/container.h"
#include "cgroup/tree/membership.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* Where systemd, cgroupfs-mount, elogind and OpenRC mount them, by the names of the controllers. */
#define HIERARCHIES "/sys/fs/cgroup/"

enum {
	LIST_MAX = 1 << 16,
	/* A logout may remove the user's node while a login is about to enter it. */
	ENTER_TRIES = 16,
};

/* Whether @name is one of "cpu,cpuacct". */
static bool has_controller(const char *controllers, const char *name)
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

/* Or what a JVM asks for before it looks at any limit; systemd has it in one hierarchy with cpu. */
static bool is_ours(const char *controllers)
{
	if (has_controller(controllers, "cpuacct"))
		return true;
	for (int id = 0; id < CGROUP_LIMIT_COUNT; id++)
		if (has_controller(controllers, cgroup_rows[id].v1.controller))
			return true;
	return false;
}

static int open_mount(const char *name, size_t length, struct cgroup_hierarchy *hierarchy)
{
	struct statfs fs;

	if (snprintf(hierarchy->root, sizeof(hierarchy->root), HIERARCHIES "%.*s", (int)length,
		    name) >= (int)sizeof(hierarchy->root))
		return -ENAMETOOLONG;
	hierarchy->fd = fd_open_nolinks(hierarchy->root, O_PATH | O_DIRECTORY);
	if (hierarchy->fd < 0)
		return hierarchy->fd == -ELOOP || hierarchy->fd == -ENOTDIR ? -ENOENT
									    : hierarchy->fd;
	if (fstatfs(hierarchy->fd, &fs) == 0 && fs.f_type == CGROUP_SUPER_MAGIC)
		return 0;
	fd_closep(&hierarchy->fd);
	return -ENOENT;
}

/* By all its controllers, as systemd names it (cpu is a link to cpu,cpuacct then), or by the first
 * that is there. */
static int find_mount(struct cgroup_hierarchy *hierarchy)
{
	const char *name = hierarchy->controllers;
	int r = open_mount(name, strlen(name), hierarchy);

	while (r == -ENOENT && *name) {
		size_t length = strcspn(name, ",");

		r = open_mount(name, length, hierarchy);
		name += length;
		name += *name == ',';
	}
	return r;
}

static int add_hierarchy(struct cgroup_manager *manager, const char *controllers)
{
	struct cgroup_hierarchy *hierarchy = &manager->v1[manager->n_v1];
	int r;

	if (!is_ours(controllers))
		return 0;
	if (manager->n_v1 == CGROUP_V1_MAX || strlen(controllers) >= sizeof(hierarchy->controllers))
		return -E2BIG;
	strcpy(hierarchy->controllers, controllers);
	r = find_mount(hierarchy);
	if (r == 0)
		manager->n_v1++;
	/* Not mounted: limits of its controllers are refused for want of them. */
	return r == -ENOENT ? 0 : r;
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
		if (has_controller(manager->v1[i].controllers, cgroup_rows[id].v1.controller))
			return &manager->v1[i];
	return NULL;
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

/* Moves @pid, all of its threads, into @path; 0 is the caller. */
static int move_into(const struct cgroup_hierarchy *hierarchy, const char *path, pid_t pid)
{
	cleanup_close int fd = hierarchy_open(hierarchy, path);
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)pid);
	return fd < 0 ? fd : fd_write_file(fd, "cgroup.procs", text);
}

/* Moves the calling process into @path. */
static int enter(const struct cgroup_hierarchy *hierarchy, const char *path)
{
	return move_into(hierarchy, path, 0);
}

/* A new cpuset has no CPU and no memory node, and nothing can enter it until it has. */
static int fill_cpuset(int parent, int fd)
{
	static const struct {
		const char *name, *effective;
	} files[] = {
		{"cpuset.cpus", "cpuset.effective_cpus"},
		{"cpuset.mems", "cpuset.effective_mems"},
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		cleanup_free char *present = NULL;
		cleanup_free char *given = NULL;
		int r = fd_read_file(fd, files[i].name, LIST_MAX, &present);

		if (r == 0 && present[0] != '\n' && present[0] != '\0')
			continue;
		if (r == 0)
			r = fd_read_file(parent, files[i].effective, LIST_MAX, &given);
		if (r == 0)
			r = fd_write_file(fd, files[i].name, given);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Makes "/carrel/user-1001", top first; what is there already is fine. */
static int make_nodes(const struct cgroup_hierarchy *hierarchy, const char *path)
{
	cleanup_close int parent = hierarchy_open(hierarchy, "/");
	char part[256];

	if (parent < 0)
		return parent;
	for (const char *p = path + 1, *end; *p; p = end + (*end == '/')) {
		cleanup_close int fd = -EBADF;
		int r;

		end = strchrnul(p, '/');
		snprintf(part, sizeof(part), "%.*s", (int)(end - p), p);
		if (mkdirat(parent, part, 0755) < 0 && errno != EEXIST)
			return -errno;
		/* mkdir(2) goes by the caller's umask. */
		if (fchmodat(parent, part, 0755, 0) < 0)
			return -errno;
		fd = fd_open_beneath(parent, part, O_PATH | O_DIRECTORY, 0);
		if (fd < 0)
			return fd;
		r = has_controller(hierarchy->controllers, "cpuset") ? fill_cpuset(parent, fd) : 0;
		if (r < 0)
			return r;
		fd_closep(&parent);
		parent = fd_take(&fd);
	}
	return 0;
}

static int make_and_move(const struct cgroup_hierarchy *hierarchy, const char *user, pid_t pid)
{
	int r = move_into(hierarchy, user, pid); /* mostly the user's node is there */

	for (int try = 0; try < ENTER_TRIES && (r == -ENOENT || r == -ENODEV); try++) {
		r = make_nodes(hierarchy, user);
		if (r == 0)
			r = move_into(hierarchy, user, pid);
	}
	return r;
}

static int leave(const struct cgroup_hierarchy *hierarchy, const char *previous)
{
	int r = enter(hierarchy, previous);

	/* It went once the caller had left it: the root takes everybody. */
	return r == -ENOENT || r == -ENODEV ? enter(hierarchy, "/") : r;
}

static int remove_node(const struct cgroup_hierarchy *hierarchy, const char *path)
{
	if (unlinkat(hierarchy->fd, path + 1, AT_REMOVEDIR) < 0 && errno != ENOENT &&
		errno != EBUSY && errno != ENOTEMPTY && errno != EROFS)
		return -errno;
	return 0;
}

static int enter_one(struct cgroup_hierarchy *hierarchy, const char *user,
	struct cgroup_place *place, struct carrel_error *err)
{
	struct cgroup_place_v1 *here = &place->v1[place->n_v1];
	int r;

	strcpy(here->controllers, hierarchy->controllers);
	r = cgroup_path(0, hierarchy->controllers, here->previous, sizeof(here->previous));
	if (r < 0)
		return error_set(err, r, "own cgroup of %s", hierarchy->root);
	r = make_and_move(hierarchy, user, 0);
	if (r == 0) {
		place->n_v1++;
		return 0;
	}
	remove_node(hierarchy, user);
	if (container_denies(r)) {
		/* Limits of a node that we do not stand in are none. */
		hierarchy->closed = true;
		return 0;
	}
	error_set(err, r, "move into cgroup %s%s", hierarchy->root, user);
	if (r == -EINVAL && has_controller(hierarchy->controllers, "cpu"))
		error_why(err, "the kernel lets no process with real-time priority in there");
	return r;
}

int hierarchies_enter(struct cgroup_manager *manager, const char *user, struct cgroup_place *place,
	struct carrel_error *err)
{
	for (size_t i = 0; i < manager->n_v1; i++) {
		int r = enter_one(&manager->v1[i], user, place, err);

		if (r < 0) {
			(void)hierarchies_leave(manager, place, NULL);
			(void)hierarchies_remove(manager, user, NULL);
			place->n_v1 = 0;
			return r;
		}
	}
	return 0;
}

/* Whoever has got the number of a process that ended, and stands nowhere below @user else, leaves
 * @user for the root. */
static void expel_stranger(const struct cgroup_manager *manager, const char *user, pid_t pid)
{
	char now[256];

	if (cgroup_of(pid, now, sizeof(now)) < 0 || membership_is_below(now, user))
		return;
	for (size_t i = 0; i < manager->n_v1; i++)
		if (cgroup_path(pid, manager->v1[i].controllers, now, sizeof(now)) == 0 &&
			strcmp(now, user) == 0)
			(void)move_into(&manager->v1[i], "/", pid);
}

int hierarchies_adopt(const struct cgroup_manager *manager, const char *user, pid_t pid, int pidfd,
	struct carrel_error *err)
{
	for (size_t i = 0; i < manager->n_v1; i++) {
		const struct cgroup_hierarchy *hierarchy = &manager->v1[i];
		char now[256];
		int r = cgroup_path(pid, hierarchy->controllers, now, sizeof(now));

		if (r == 0 && strcmp(now, user) != 0)
			r = make_and_move(hierarchy, user, pid);
		if (r < 0 && !container_denies(r))
			return error_set(err, r, "process %d into cgroup %s%s", (int)pid,
				hierarchy->root, user);
	}
	if (pidfd_send_signal(pidfd, 0, NULL, 0) == 0 || errno != ESRCH)
		return 0;
	expel_stranger(manager, user, pid);
	return error_set(err, -ESRCH, "process %d", (int)pid);
}

static const struct cgroup_hierarchy *find(
	const struct cgroup_manager *manager, const char *controllers)
{
	for (size_t i = 0; i < manager->n_v1; i++)
		if (strcmp(manager->v1[i].controllers, controllers) == 0)
			return &manager->v1[i];
	return NULL;
}

int hierarchies_make(const struct cgroup_manager *manager, const char *node,
	const struct cgroup_place *place, struct carrel_error *err)
{
	for (size_t i = 0; i < place->n_v1; i++) {
		const struct cgroup_hierarchy *hierarchy = find(manager, place->v1[i].controllers);
		int r = hierarchy ? make_nodes(hierarchy, node) : -ENOENT;

		if (r < 0)
			return error_set(err, r, "cgroup %s of %s", node, place->v1[i].controllers);
	}
	return 0;
}

int hierarchies_move(const struct cgroup_manager *manager, const char *node,
	const struct cgroup_place *place, struct carrel_error *err)
{
	for (size_t i = 0; i < place->n_v1; i++) {
		const struct cgroup_hierarchy *hierarchy = find(manager, place->v1[i].controllers);
		int r = hierarchy ? enter(hierarchy, node) : -ENOENT;

		if (r < 0)
			return error_set(err, r, "move into cgroup %s of %s", node,
				place->v1[i].controllers);
	}
	return 0;
}

int hierarchies_leave(const struct cgroup_manager *manager, const struct cgroup_place *place,
	struct carrel_error *err)
{
	int first = 0;

	for (size_t i = place->n_v1; i-- > 0;) {
		const struct cgroup_place_v1 *here = &place->v1[i];
		const struct cgroup_hierarchy *hierarchy = find(manager, here->controllers);
		int r = hierarchy ? leave(hierarchy, here->previous) : -ENOENT;

		if (r < 0 && first == 0)
			first = error_set(err, r, "move back into cgroup %s of %s", here->previous,
				here->controllers);
	}
	return first;
}

static bool has_node(const struct cgroup_hierarchy *hierarchy, const char *path)
{
	return fd_look(hierarchy->fd, path + 1) == 0;
}

int hierarchies_remove(const struct cgroup_manager *manager, const char *user, const char *rescue)
{
	int first = 0;

	for (size_t i = 0; i < manager->n_v1; i++) {
		int r = remove_node(&manager->v1[i], user);

		if (r == 0 && rescue && !has_node(&manager->v1[i], user))
			r = remove_node(&manager->v1[i], rescue);

		first = first < 0 ? first : r;
	}
	return first;
}

bool hierarchies_have(const struct cgroup_manager *manager, const char *user)
{
	for (size_t i = 0; i < manager->n_v1; i++)
		if (has_node(&manager->v1[i], user))
			return true;
	return false;
}
