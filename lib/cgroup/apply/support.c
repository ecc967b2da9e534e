// SPDX-License-Identifier: MIT
/*
 * support.c - tells whether this host can enforce a limit, whatever its value.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/cgroup.h"
#include "cgroup/tree/hierarchy.h"
#include "cgroup/tree/node.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

enum { PROC_CGROUPS_MAX = 1 << 16 };

/* Sets the reason, and returns -ENOTSUP whether or not @err is NULL. */
__attribute__((format(printf, 3, 4))) static int refuse_limit(
	struct carrel_error *err, enum cgroup_limit_id id, const char *format, ...)
{
	char why[CARREL_ERROR_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	error_set(err, -ENOTSUP, "%s", cgroup_limit_name(id));
	error_why(err, "%s", why);
	return -ENOTSUP;
}

/* Opens the first cgroup below the one at @fd. Returns a descriptor or -ENOENT. */
static int first_child_cgroup(int fd)
{
	cleanup_close int root = fd_open_beneath(fd, ".", O_RDONLY | O_DIRECTORY, 0);
	cleanup_closedir DIR *dir = NULL;
	struct dirent *entry;

	if (root < 0 || fd_open_dir(root, &dir) < 0)
		return -ENOENT;
	while ((entry = readdir(dir)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			return fd_open_beneath(root, entry->d_name, O_PATH | O_DIRECTORY, 0);
	return -ENOENT;
}

/*
 * Looks for the file of a limit, which the kernel may lack: there is no memory.swap.max without
 * swap accounting, and no io.weight without BFQ and iocost. The root has few of these files, so
 * another node has to tell: the user's, or the first that there is. While there is none, nobody can
 * tell, and the limit passes.
 */
static int check_limit_file(
	int root, int user, const char *file, enum cgroup_limit_id id, struct carrel_error *err)
{
	cleanup_close int child = user < 0 ? first_child_cgroup(root) : -EBADF;
	int node = user < 0 ? child : user;

	if (node < 0 || fd_look(node, file) == 0)
		return 0;
	if (errno != ENOENT)
		return error_set(err, -errno, "%s", cgroup_limit_name(id));
	return refuse_limit(err, id, "this kernel has no %s", file);
}

static int check_v1_limit(const struct cgroup_manager *manager, const char *user,
	const struct cgroup_hierarchy *hierarchy, enum cgroup_limit_id id, struct carrel_error *err)
{
	const struct cgroup_row *row = &cgroup_rows[id];
	bool systemd = manager->ops->sets_by_systemd;
	cleanup_close int fd = -EBADF;

	if (!row->v1.file)
		return refuse_limit(err, id,
			"cgroup v1, which this host uses for %s, has no such limit",
			row->v1.controller);
	if (systemd && !row->v1.by_systemd)
		return refuse_limit(err, id,
			"systemd does not set it in a cgroup v1 hierarchy (%s)", hierarchy->root);
	/* systemd makes the node when it sets the first limit there. */
	if (systemd)
		return 0;
	fd = user ? hierarchy_open(hierarchy, user) : -EBADF;
	if (user && fd == -ENOENT) {
		error_set(err, -ENOTSUP, "%s", row->name);
		cgroup_denied(err, hierarchy->root);
		return -ENOTSUP;
	}
	if (user && fd < 0)
		return error_set(err, fd, "cgroup %s%s", hierarchy->root, user);
	return check_limit_file(hierarchy->fd, fd, row->v1.file, id, err);
}

/* Returns whether a v1 hierarchy has taken the controller from the cgroup2 tree (cgroups(7)). */
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

int cgroup_can_limit(const struct cgroup_manager *manager, const char *user,
	enum cgroup_limit_id id, struct carrel_error *err)
{
	const struct cgroup_hierarchy *hierarchy = hierarchy_of(manager, id);
	const struct cgroup_row *row = &cgroup_rows[id];
	int r;

	if (hierarchy)
		return check_v1_limit(manager, user, hierarchy, id, err);
	r = node_has_word(manager, "/", "cgroup.controllers", row->controller);
	if (r < 0)
		return error_set(err, r, "%s/cgroup.controllers", manager->root);
	if (r == 0 && controller_in_v1(row->v1.controller))
		return refuse_limit(err, id,
			"controller %s is not in %s/cgroup.controllers: it is bound to a cgroup "
			"v1 hierarchy, which is not mounted at /sys/fs/cgroup/%s",
			row->controller, manager->root, row->v1.controller);
	if (r == 0)
		return refuse_limit(err, id, "controller %s is not in %s/cgroup.controllers",
			row->controller, manager->root);
	/* A login enables the controller for its node. Until then nobody can tell whether the file
	 * is there. */
	if (user || node_has_word(manager, "/", "cgroup.subtree_control", row->controller) <= 0)
		return 0;
	return check_limit_file(manager->root_fd, -EBADF, row->name, id, err);
}
