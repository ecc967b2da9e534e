// SPDX-License-Identifier: MIT
#include "cgroup/tree/placement.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/tree/container.h"
#include "cgroup/tree/hierarchy.h"

#include <fcntl.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>

enum {
	CPUSET_FILE_MAX = 1 << 16,
	/* A logout may remove the user's node while a login is about to enter it. */
	ENTER_TRIES = 16,
};

/* Moves @pid (0: the caller), with all of its threads, into @path. */
static int move_number_into(const struct cgroup_hierarchy *hierarchy, const char *path, pid_t pid)
{
	cleanup_close int fd = hierarchy_open(hierarchy, path);
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)pid);
	return fd < 0 ? fd : fd_write_file(fd, "cgroup.procs", text);
}

/* Fills a new cpuset, which has no CPU and no memory node. Nothing can enter it until it has
 * both. */
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
		int r = fd_read_file(fd, files[i].name, CPUSET_FILE_MAX, &present);

		if (r == 0 && present[0] != '\n' && present[0] != '\0')
			continue;
		if (r == 0)
			r = fd_read_file(parent, files[i].effective, CPUSET_FILE_MAX, &given);
		if (r == 0)
			r = fd_write_file(fd, files[i].name, given);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Makes the missing nodes of @path ("/carrel/user-1001"), from the top. */
static int make_path(const struct cgroup_hierarchy *hierarchy, const char *path)
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
		/* mkdir(2) applies the caller's umask. */
		if (fchmodat(parent, part, 0755, 0) < 0)
			return -errno;
		fd = fd_open_beneath(parent, part, O_PATH | O_DIRECTORY, 0);
		if (fd < 0)
			return fd;
		r = hierarchy_has(hierarchy, "cpuset") ? fill_cpuset(parent, fd) : 0;
		if (r < 0)
			return r;
		fd_closep(&parent);
		parent = fd_take(&fd);
	}
	return 0;
}

static int move_or_make(const struct cgroup_hierarchy *hierarchy, const char *user, pid_t pid)
{
	int r = move_number_into(hierarchy, user, pid); /* usually the node exists */

	for (int try = 0; try < ENTER_TRIES && (r == -ENOENT || r == -ENODEV); try++) {
		r = make_path(hierarchy, user);
		if (r == 0)
			r = move_number_into(hierarchy, user, pid);
	}
	return r;
}

static int move_back(const struct cgroup_hierarchy *hierarchy, const char *previous)
{
	int r = move_number_into(hierarchy, previous, 0);

	/* The node may have gone since the caller left it. The root takes everybody. */
	return r == -ENOENT || r == -ENODEV ? move_number_into(hierarchy, "/", 0) : r;
}

static int remove_if_empty(const struct cgroup_hierarchy *hierarchy, const char *path)
{
	if (unlinkat(hierarchy->fd, path + 1, AT_REMOVEDIR) < 0 && errno != ENOENT &&
		errno != EBUSY && errno != ENOTEMPTY && errno != EROFS)
		return -errno;
	return 0;
}

static int enter_hierarchy(struct cgroup_hierarchy *hierarchy, const char *user,
	struct cgroup_place *place, struct carrel_error *err)
{
	struct cgroup_place_v1 *here = &place->v1[place->n_v1];
	int r;

	strcpy(here->controllers, hierarchy->controllers);
	r = cgroup_path(0, hierarchy->controllers, here->previous, sizeof(here->previous));
	if (r < 0)
		return error_set(err, r, "the caller's cgroup of %s", hierarchy->root);
	r = move_or_make(hierarchy, user, 0);
	if (r == 0) {
		place->n_v1++;
		return 0;
	}
	remove_if_empty(hierarchy, user);
	if (container_denies(r)) {
		/* The limits of a node do not limit a caller that is not in it. */
		hierarchy->closed = true;
		return 0;
	}
	error_set(err, r, "move into cgroup %s%s", hierarchy->root, user);
	if (r == -EINVAL && hierarchy_has(hierarchy, "cpu"))
		error_why(err, "the kernel lets no process with real-time priority into it");
	return r;
}

int placement_enter(struct cgroup_manager *manager, const char *user, struct cgroup_place *place,
	struct carrel_error *err)
{
	for (size_t i = 0; i < manager->n_v1; i++) {
		int r = enter_hierarchy(&manager->v1[i], user, place, err);

		if (r < 0) {
			(void)placement_leave(manager, place, NULL);
			(void)placement_remove(manager, user, NULL);
			place->n_v1 = 0;
			return r;
		}
	}
	return 0;
}

/* Moves the process @pid from @user to the root of each v1 hierarchy, unless it is below @user in
 * cgroup2 and so belongs there. It is a stranger, which has been given the number of a process that
 * ended. */
static void expel_stranger(const struct cgroup_manager *manager, const char *user, pid_t pid)
{
	char now[256];

	if (cgroup_of(pid, now, sizeof(now)) < 0 || cgroup_is_below(now, user))
		return;
	for (size_t i = 0; i < manager->n_v1; i++)
		if (cgroup_path(pid, manager->v1[i].controllers, now, sizeof(now)) == 0 &&
			strcmp(now, user) == 0)
			(void)move_number_into(&manager->v1[i], "/", pid);
}

int placement_adopt(const struct cgroup_manager *manager, const char *user, pid_t pid, int pidfd,
	struct carrel_error *err)
{
	for (size_t i = 0; i < manager->n_v1; i++) {
		const struct cgroup_hierarchy *hierarchy = &manager->v1[i];
		char now[256];
		int r = cgroup_path(pid, hierarchy->controllers, now, sizeof(now));

		if (r == 0 && strcmp(now, user) != 0)
			r = move_or_make(hierarchy, user, pid);
		if (r < 0 && !container_denies(r))
			return error_set(err, r, "move process %d into cgroup %s%s", (int)pid,
				hierarchy->root, user);
	}
	if (pidfd_send_signal(pidfd, 0, NULL, 0) == 0 || errno != ESRCH)
		return 0;
	expel_stranger(manager, user, pid);
	return error_set(err, -ESRCH, "process %d", (int)pid);
}

int placement_make(const struct cgroup_manager *manager, const char *node,
	const struct cgroup_place *place, struct carrel_error *err)
{
	for (size_t i = 0; i < place->n_v1; i++) {
		const struct cgroup_hierarchy *hierarchy =
			hierarchy_find(manager, place->v1[i].controllers);
		int r = hierarchy ? make_path(hierarchy, node) : -ENOENT;

		if (r < 0)
			return error_set(err, r, "cgroup %s of %s", node, place->v1[i].controllers);
	}
	return 0;
}

int placement_move(const struct cgroup_manager *manager, const char *node,
	const struct cgroup_place *place, struct carrel_error *err)
{
	for (size_t i = 0; i < place->n_v1; i++) {
		const struct cgroup_hierarchy *hierarchy =
			hierarchy_find(manager, place->v1[i].controllers);
		int r = hierarchy ? move_number_into(hierarchy, node, 0) : -ENOENT;

		if (r < 0)
			return error_set(err, r, "move into cgroup %s of %s", node,
				place->v1[i].controllers);
	}
	return 0;
}

int placement_leave(const struct cgroup_manager *manager, const struct cgroup_place *place,
	struct carrel_error *err)
{
	int first = 0;

	for (size_t i = place->n_v1; i-- > 0;) {
		const struct cgroup_place_v1 *here = &place->v1[i];
		const struct cgroup_hierarchy *hierarchy =
			hierarchy_find(manager, here->controllers);
		int r = hierarchy ? move_back(hierarchy, here->previous) : -ENOENT;

		if (r < 0 && first == 0)
			first = error_set(err, r, "move back into cgroup %s of %s", here->previous,
				here->controllers);
	}
	return first;
}

static bool has_user_node(const struct cgroup_hierarchy *hierarchy, const char *path)
{
	return fd_look(hierarchy->fd, path + 1) == 0;
}

int placement_remove(const struct cgroup_manager *manager, const char *user, const char *rescue)
{
	int first = 0;

	for (size_t i = 0; i < manager->n_v1; i++) {
		int r = remove_if_empty(&manager->v1[i], user);

		if (r == 0 && rescue && !has_user_node(&manager->v1[i], user))
			r = remove_if_empty(&manager->v1[i], rescue);

		first = first < 0 ? first : r;
	}
	return first;
}

bool placement_exists(const struct cgroup_manager *manager, const char *user)
{
	for (size_t i = 0; i < manager->n_v1; i++)
		if (has_user_node(&manager->v1[i], user))
			return true;
	return false;
}
