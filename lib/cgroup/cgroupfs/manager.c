// SPDX-License-Identifier: MIT
/*
 * The cgroupfs manager: it makes /carrel/user-UID/SESSION below the cgroup2 mount, and
 * /carrel/rescue-UID/SESSION for users who have filled user-UID (rescue.h). Limits are files of
 * user-UID; processes live in SESSION alone, so that the rule against processes in inner nodes
 * (cgroup-v2.rst, "No Internal Process Constraint") never stands in the way.
 *
 * Where cgroup v1 has some of the controllers, their limits are files of /carrel/user-UID in each
 * such hierarchy, and that is where the user's processes stand in it (placement.h).
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/apply/apply.h"
#include "cgroup/backend.h"
#include "cgroup/cgroupfs/nodes.h"
#include "cgroup/tree/container.h"
#include "cgroup/tree/hierarchy.h"
#include "cgroup/tree/node.h"
#include "cgroup/tree/placement.h"
#include "cgroup/tree/v1.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* A logout may remove the user's node while a login is about to make its own below it. */
enum { MAKE_TRIES = 16 };

/* Makes one directory. If it is @shared, one that exists already will do. */
static int make_node(const struct cgroup_manager *manager, const char *path, bool shared)
{
	if (mkdirat(manager->root_fd, path + 1, 0755) < 0)
		return shared && errno == EEXIST ? 0 : -errno;
	/* mkdir(2) applies the caller's umask, and session-init has no capability that would let it
	 * pass a closed folder. */
	if (fchmodat(manager->root_fd, path + 1, 0755, 0) < 0) {
		int r = -errno;

		unlinkat(manager->root_fd, path + 1, AT_REMOVEDIR);
		return r;
	}
	return 0;
}

static int make_user(const struct cgroup_manager *manager, const char *path)
{
	int r = make_node(manager, CGROUPFS_TOP, true);

	return r < 0 ? r : make_node(manager, path, true);
}

/* Hands @controller down from @path to its children. With @again it does so even if the controller
 * seems to be handed down already. */
static int enable_controller(const struct cgroup_manager *manager, const char *path,
	const char *controller, bool again, struct carrel_error *err)
{
	cleanup_close int fd = -EBADF;
	char text[32];
	int r;

	r = node_has_word(manager, path, "cgroup.subtree_control", controller);
	if (r > 0 && !again)
		return 0;
	if (r >= 0)
		r = fd = node_open(manager, path);
	if (r >= 0) {
		snprintf(text, sizeof(text), "+%s", controller);
		r = fd_write_file(fd, "cgroup.subtree_control", text);
	}
	if (r >= 0)
		return 0;
	error_set(err, r, "controller %s of %s%s", controller, manager->root, path);
	if (r == -ENOENT)
		error_why(err, "it is not in cgroup.controllers of that cgroup");
	if (r == -EBUSY)
		error_why(
			err, "processes stand in that cgroup itself; move them into one below it");
	if (container_denies(r))
		cgroup_denied(err, manager->root);
	return r;
}

/* Enables the limit's controller and writes the limit. The kernel names a controller in the files
 * of a node before it has made the controller's own files. A login that comes in between, while
 * another login enables the controller, enables it again: the kernel then waits until the first has
 * finished. */
static int write_limit(const struct cgroup_manager *manager, const char *path, int fd,
	const struct cgroup_row *row, const char *text, struct carrel_error *err)
{
	for (bool again = false;; again = true) {
		int r = enable_controller(manager, "/", row->controller, again, err);

		if (r == 0)
			r = enable_controller(manager, CGROUPFS_TOP, row->controller, again, err);
		if (r < 0)
			return r;
		r = fd_write_file(fd, row->name, text);
		if (r >= 0)
			return 0;
		if (r != -ENOENT || again)
			return error_set(
				err, r, "%s = %s of %s%s", row->name, text, manager->root, path);
	}
}

/* Sets a limit of the node @path of the cgroup2 tree, which is open as @fd. */
static int set_v2(struct cgroup_manager *manager, const char *path, int fd,
	const struct cgroup_setting *wanted, struct carrel_error *err)
{
	cleanup_free char *text = cgroup_setting_format(wanted);

	if (!text)
		return error_set(err, -ENOMEM, "limits");
	/* An empty text would not cause a write(2). */
	return write_limit(manager, path, fd, &cgroup_rows[wanted->id], text[0] ? text : "\n", err);
}

static int set_v1(const struct cgroup_hierarchy *hierarchy, const char *path,
	const struct cgroup_setting *wanted, struct carrel_error *err)
{
	cleanup_free char *text = cgroup_setting_format(wanted);
	cleanup_close int fd = hierarchy_open(hierarchy, path);
	int r = fd < 0 ? fd : v1_write_setting(fd, wanted);

	if (r == 0)
		return 0;
	error_set(err, r, "%s = %s of %s%s", cgroup_limit_name(wanted->id), text ? text : "?",
		hierarchy->root, path);
	if (container_denies(r))
		cgroup_denied(err, hierarchy->root);
	return r;
}

static int cgroupfs_set(struct cgroup_manager *manager, const char *path,
	struct cgroup_change *const *changes, size_t count, deadline_t deadline,
	struct carrel_error *err)
{
	cleanup_close int fd = node_open(manager, path);
	int r;

	(void)deadline;
	if (fd < 0)
		return error_set(err, fd, "cgroup %s", path);
	for (size_t i = 0; i < count; i++) {
		const struct cgroup_setting *wanted = &changes[i]->wanted;
		const struct cgroup_hierarchy *hierarchy = hierarchy_of(manager, wanted->id);

		r = hierarchy ? set_v1(hierarchy, path, wanted, err)
			      : set_v2(manager, path, fd, wanted, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int cgroupfs_apply(struct cgroup_manager *manager, struct cgroup_request *request)
{
	static const struct cgroup_setter setter = {.set = cgroupfs_set};
	char path[64];
	int r = cgroupfs_user_path(request->uid, path, sizeof(path));

	if (r < 0)
		return error_set(request->err, r, "cgroup %s%s", manager->root, path);
	return cgroup_apply(manager, &setter, path, request);
}

static int make_session(const struct cgroup_manager *manager, const struct cgroup_place *place)
{
	for (int try = 0; try < MAKE_TRIES; try++) {
		/* The nodes above the session's usually exist already. */
		int r = make_node(manager, place->session, false);

		if (r == -ENOENT)
			r = make_user(manager, place->user);
		else
			return r;
		if (r < 0)
			return r;
	}
	return -EAGAIN; /* the user's own logouts keep removing it */
}

static int cgroupfs_detach(
	struct cgroup_manager *manager, const struct cgroup_place *place, struct carrel_error *err)
{
	int r, left;

	if (!place->moved)
		return 0;
	left = placement_leave(manager, place, err);
	r = node_enter(manager, place->previous);
	/* Since the caller left the node, it may have gone (as a scope of systemd's does) or been
	 * given children, or its owner may have barred it (as a domain beside threaded ones). The
	 * root takes everybody. */
	if (r < 0 && node_enter(manager, "/") == 0)
		r = 0;
	if (r < 0)
		return error_set(
			err, r, "move back into cgroup %s%s", manager->root, place->previous);
	r = cgroup_remove(manager, place->session);
	if (r < 0 && r != -EBUSY)
		return error_set(err, r, "cgroup %s%s", manager->root, place->session);
	return left;
}

static int attach_error(const struct cgroup_manager *manager, const char *what,
	const struct cgroup_place *place, int code, struct carrel_error *err)
{
	error_set(err, code, "%s %s%s", what, manager->root, place->session);
	if (container_denies(code))
		cgroup_denied(err, manager->root);
	return code;
}

static int cgroupfs_name_place(const struct cgroup_request *request, struct cgroup_place *place)
{
	const char *id = request->session_id;
	int r = cgroupfs_user_path(request->uid, place->user, sizeof(place->user));

	if (r == 0)
		r = cgroupfs_rescue_path(request->uid, place->rescue, sizeof(place->rescue));
	if (r < 0)
		return error_set(request->err, r, "cgroup of user %u", (unsigned)request->uid);
	if (id[0] == '\0' || id[0] == '.' || strchr(id, '/'))
		return error_set(request->err, -EINVAL, "session %s", id);
	if (snprintf(place->session, sizeof(place->session), "%s/%s", place->user, id) >=
		(int)sizeof(place->session))
		return error_set(request->err, -ENAMETOOLONG, "session %s", id);
	return 0;
}

static int cgroupfs_attach(struct cgroup_manager *manager, const struct cgroup_request *request,
	struct cgroup_place *ret_place)
{
	struct cgroup_place place = {0};
	int r;

	r = cgroup_of(0, place.previous, sizeof(place.previous));
	if (r < 0)
		return error_set(request->err, r, "the caller's cgroup");
	r = cgroupfs_name_place(request, &place);
	if (r < 0)
		return r;
	if (cgroup_is_below(place.previous, place.user)) {
		strcpy(place.session, place.previous);
		*ret_place = place;
		return 0;
	}
	r = make_session(manager, &place);
	if (r < 0) {
		(void)cgroup_remove(manager, place.user); /* make_session() may have made it */
		return attach_error(manager, "cgroup", &place, r, request->err);
	}
	place.moved = true;
	place.made = true;
	r = node_enter(manager, place.session);
	if (r < 0) {
		(void)cgroup_remove(manager, place.session);
		return attach_error(manager, "move into cgroup", &place, r, request->err);
	}
	r = placement_enter(manager, place.user, &place, request->err);
	if (r < 0) {
		(void)cgroupfs_detach(manager, &place, NULL);
		return r;
	}
	*ret_place = place;
	return 0;
}

/* Makes the rescue node and sets its limits before anybody is in it. A logout of the user does not
 * remove it while the caller is in the user's node. */
static int make_rescue(struct cgroup_manager *manager, const struct cgroup_request *request,
	const struct cgroup_place *place)
{
	static const struct cgroup_setter setter = {.set = cgroupfs_set, .own_node = true};
	struct cgroup_request limits = *request;
	int r = make_node(manager, place->rescue, true);

	if (r < 0)
		return error_set(request->err, r, "cgroup %s%s", manager->root, place->rescue);
	r = placement_make(manager, place->rescue, place, request->err);
	return r < 0 ? r : cgroup_apply(manager, &setter, place->rescue, &limits);
}

static int cgroupfs_rescue(struct cgroup_manager *manager, const struct cgroup_request *request,
	struct cgroup_place *place)
{
	char left[sizeof(place->session)], path[sizeof(place->session)];
	int r;

	/* The caller is in the node of another of the user's sessions, which it must not leave. */
	if (!place->made)
		return error_set(
			request->err, -EBUSY, "cgroup %s%s", manager->root, place->session);
	r = make_rescue(manager, request, place);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s/%s", place->rescue, request->session_id);
	r = make_node(manager, path, false);
	if (r == 0 && (r = node_enter(manager, path)) < 0)
		(void)unlinkat(manager->root_fd, path + 1, AT_REMOVEDIR);
	if (r < 0)
		return error_set(request->err, r, "move into cgroup %s%s", manager->root, path);
	strcpy(left, place->session);
	strcpy(place->session, path);
	r = placement_move(manager, place->rescue, place, request->err);
	(void)cgroup_remove(manager, left);
	return r;
}

/*
 * Adopts the process @pid. A process that the caller has forked is in the user's node of the v1
 * hierarchies already. Any other is moved there first: what it forks on the way is then no member
 * of the cgroup2 node, and is found and adopted as well (cgroup_member_of()).
 */
static int cgroupfs_adopt(struct cgroup_manager *manager, const struct cgroup_request *request,
	pid_t pid, int pidfd, struct cgroup_place *ret_place)
{
	struct cgroup_place place = {.made = true};
	int r = cgroupfs_name_place(request, &place);

	if (r < 0)
		return r;
	r = make_session(manager, &place);
	if (r < 0)
		return attach_error(manager, "cgroup", &place, r, request->err);
	r = placement_adopt(manager, place.user, pid, pidfd, request->err);
	if (r == 0) {
		r = node_move_process(manager, place.session, pid, pidfd);
		if (r < 0)
			attach_error(manager, "move into cgroup", &place, r, request->err);
	}
	if (r < 0) {
		(void)cgroup_remove(manager, place.session);
		return r;
	}
	*ret_place = place;
	return 0;
}

static void cgroupfs_free(struct cgroup_manager *manager)
{
	(void)manager;
}

const struct cgroup_manager_ops cgroup_cgroupfs_ops = {
	.name = "cgroupfs",
	.apply = cgroupfs_apply,
	.attach = cgroupfs_attach,
	.rescue = cgroupfs_rescue,
	.adopt = cgroupfs_adopt,
	.detach = cgroupfs_detach,
	.free = cgroupfs_free,
};
