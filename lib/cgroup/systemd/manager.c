// SPDX-License-Identifier: MIT
/*
 * The systemd manager: limits are runtime properties of user-UID.slice, and a login that
 * pam_systemd has not put below that slice gets a scope of carrel's own there
 * (org.freedesktop.systemd1(5), systemd.resource-control(5)). A login that is rescued gets its
 * scope in user-rescue-UID.slice (rescue.h), which by packaging/systemd lives as long as
 * user-UID.slice.
 */
#include "base/cleanup.h"
#include "cgroup/apply/apply.h"
#include "cgroup/backend.h"
#include "cgroup/systemd/call.h"
#include "cgroup/systemd/messages.h"
#include "cgroup/tree/blockdev.h"
#include "cgroup/tree/node.h"

#include <stdio.h>
#include <string.h>

enum {
	LOOK_USEC = 2000,
	LOOKS_A_QUESTION = 16, /* looks at /proc between two questions to systemd */
};

static int user_path(uid_t uid, char *buf, size_t size)
{
	return snprintf(buf, size, "/user.slice/user-%u.slice", (unsigned)uid) < (int)size
		       ? 0
		       : -ENAMETOOLONG;
}

static int rescue_path(uid_t uid, char *buf, size_t size)
{
	return snprintf(buf, size, "/user.slice/user-rescue.slice/user-rescue-%u.slice",
		       (unsigned)uid) < (int)size
		       ? 0
		       : -ENAMETOOLONG;
}

static void slice_name(uid_t uid, char *buf, size_t size)
{
	snprintf(buf, size, "user-%u.slice", (unsigned)uid);
}

/* ---- limits ---- */

/* Returns the unit of the node @path: its last component. */
static const char *unit_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

static int systemd_set(struct cgroup_manager *manager, const char *path,
	struct cgroup_change *const *changes, size_t count, deadline_t deadline,
	struct carrel_error *err)
{
	struct systemd_set_properties set = {unit_of(path), changes, count};

	return systemd_call(
		manager, "SetUnitProperties", systemd_fill_set_properties, &set, deadline, err);
}

/*
 * Waits until systemd has written the limits. It answers SetUnitProperties before it writes to the
 * cgroup, but it writes before it turns to the next message (the queues of manager_loop()), so any
 * question that it answers will do.
 */
static int systemd_settle(struct cgroup_manager *manager, const char *path, deadline_t deadline,
	struct carrel_error *err)
{
	int r = systemd_is_loaded(manager, unit_of(path), deadline, err);

	return r < 0 ? r : 0;
}

/* Sets the limits of a slice; @own_node says that nothing but carrel makes it. */
static int apply_to_slice(struct cgroup_manager *manager, const char *path, bool own_node,
	struct cgroup_request *request)
{
	const struct cgroup_setter setter = {
		.set = systemd_set,
		.settle = systemd_settle,
		.outlives_node = true,
		.own_node = own_node,
		.io_device = cgroup_block_originating,
	};

	return cgroup_apply(manager, &setter, path, request);
}

static int systemd_apply(struct cgroup_manager *manager, struct cgroup_request *request)
{
	char path[64];
	int r = user_path(request->uid, path, sizeof(path));

	if (r < 0)
		return error_set(request->err, r, "slice of user %u", (unsigned)request->uid);
	return apply_to_slice(manager, path, false, request);
}

/* ---- a scope of carrel's own ---- */

/* Looks whether @pid (0: the caller) is in @path by now. Returns 1, 0 or -errno. */
static int is_at_node(pid_t pid, const char *path)
{
	char now[256];
	int r = cgroup_of(pid, now, sizeof(now));

	return r < 0 ? r : strcmp(now, path) == 0;
}

/* Waits until @pid is in the scope at @path: the answer to StartTransientUnit only names a job. */
static int wait_moved(struct cgroup_manager *manager, pid_t pid, const char *path,
	deadline_t deadline, struct carrel_error *err)
{
	const char *unit = unit_of(path);

	for (unsigned look = 1;; look++) {
		int r = is_at_node(pid, path);

		if (r != 0)
			return r < 0 ? error_set(err, r, "cgroup of process %d", (int)pid) : 0;
		if (deadline_left_usec(deadline) == 0)
			return error_set(err, -ETIMEDOUT, "start of %s", unit);
		if (look % LOOKS_A_QUESTION == 0) {
			r = systemd_is_loaded(manager, unit, deadline, err);
			if (r < 0)
				return r;
			/* systemd unloads a failed scope at once. */
			if (r == 0 && is_at_node(pid, path) != 1) {
				error_set(err, -EIO, "start of %s", unit);
				error_why(err, "systemd gave up; its journal says why");
				return -EIO;
			}
		}
		systemd_nap(LOOK_USEC);
	}
}

/* Returns whether @id can be a part of a unit's name as it is (systemd.unit(5)). carrel's ids need
 * no other characters. */
static bool good_session_id(const char *id)
{
	return id[0] && id[strspn(id, "0123456789abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_")] == '\0';
}

/* Has systemd put the process @pid into a new scope at @path in @slice. */
static int start_scope(struct cgroup_manager *manager, const struct cgroup_request *request,
	pid_t pid, const char *slice, const char *path)
{
	const char *unit = unit_of(path);
	char user_slice[64], description[64];
	struct systemd_start_scope scope = {
		.unit = unit,
		.slice = slice,
		.wants = user_slice,
		.description = description,
		.pid = (uint32_t)pid,
	};
	int r;

	slice_name(request->uid, user_slice, sizeof(user_slice));
	snprintf(description, sizeof(description), "carrel %s of user %u", request->session_id,
		(unsigned)request->uid);
	r = systemd_call(manager, "StartTransientUnit", systemd_fill_start_scope, &scope,
		request->deadline, request->err);
	if (r < 0) {
		/* The connection may have broken after systemd had received the call. */
		return is_at_node(pid, path) == 1 ? 0 : r;
	}
	return wait_moved(manager, pid, path, request->deadline, request->err);
}

static int systemd_name_place(const struct cgroup_request *request, struct cgroup_place *place)
{
	const char *id = request->session_id;
	int r = user_path(request->uid, place->user, sizeof(place->user));

	if (r == 0)
		r = rescue_path(request->uid, place->rescue, sizeof(place->rescue));
	if (r < 0)
		return error_set(request->err, r, "slice of user %u", (unsigned)request->uid);
	if (!good_session_id(id))
		return error_set(request->err, -EINVAL, "session %s", id);
	if (snprintf(place->session, sizeof(place->session), "%s/carrel-%s.scope", place->user,
		    id) >= (int)sizeof(place->session))
		return error_set(request->err, -ENAMETOOLONG, "session %s", id);
	return 0;
}

static int systemd_attach(struct cgroup_manager *manager, const struct cgroup_request *request,
	struct cgroup_place *ret_place)
{
	struct cgroup_place place = {0};
	char slice[64];
	int r;

	r = cgroup_of(0, place.previous, sizeof(place.previous));
	if (r < 0)
		return error_set(request->err, r, "the caller's cgroup");
	r = systemd_name_place(request, &place);
	if (r < 0)
		return r;
	if (cgroup_is_below(place.previous, place.user)) {
		strcpy(place.session, place.previous);
		*ret_place = place;
		return 0;
	}
	place.moved = true;
	slice_name(request->uid, slice, sizeof(slice));
	r = start_scope(manager, request, getpid(), slice, place.session);
	if (r < 0) {
		/* systemd may have moved the caller all the same, and too late for anybody else to
		 * undo that. */
		if (is_at_node(0, place.session) == 1)
			(void)node_enter(manager, place.previous);
		return r;
	}
	*ret_place = place;
	return 0;
}

static int fill_start(sd_bus_message *message, const void *data)
{
	return sym_sd_bus_message_append(message, "ss", (const char *)data, "fail");
}

/* Starts the slice of the node @path, and waits until its directory is there: the answer to
 * StartUnit only names a job. */
static int start_slice(struct cgroup_manager *manager, const char *path, deadline_t deadline,
	struct carrel_error *err)
{
	int r = systemd_call(manager, "StartUnit", fill_start, unit_of(path), deadline, err);

	while (r == 0) {
		cleanup_close int node = node_open(manager, path);

		if (node >= 0)
			return 0;
		if (node != -ENOENT)
			return error_set(err, node, "cgroup %s%s", manager->root, path);
		if (deadline_left_usec(deadline) == 0)
			return error_set(err, -ETIMEDOUT, "start of %s", unit_of(path));
		systemd_nap(LOOK_USEC);
	}
	return r;
}

/* Moves the caller into a scope of the rescue slice. The scope that pam_systemd has made ends once
 * it is empty, so there is no way back: detach() leaves the caller, whose session has ended, in the
 * rescue slice. */
static int systemd_rescue(struct cgroup_manager *manager, const struct cgroup_request *request,
	struct cgroup_place *place)
{
	struct cgroup_request limits = *request;
	char path[sizeof(place->session)];
	int r;

	if (!good_session_id(request->session_id) ||
		snprintf(path, sizeof(path), "%s/carrel-rescue-%s.scope", place->rescue,
			request->session_id) >= (int)sizeof(path))
		return error_set(request->err, -EINVAL, "session %s", request->session_id);
	r = start_slice(manager, place->rescue, request->deadline, request->err);
	if (r == 0)
		r = apply_to_slice(manager, place->rescue, true, &limits);
	if (r < 0)
		return r;
	r = start_scope(manager, request, getpid(), unit_of(place->rescue), path);
	if (r < 0) {
		if (is_at_node(0, path) == 1)
			(void)node_enter(manager, place->session);
		return r;
	}
	strcpy(place->session, path);
	return 0;
}

static int systemd_adopt(struct cgroup_manager *manager, const struct cgroup_request *request,
	pid_t pid, int pidfd, struct cgroup_place *ret_place)
{
	struct cgroup_place place = {0};
	char slice[64];
	int r = systemd_name_place(request, &place);

	slice_name(request->uid, slice, sizeof(slice));
	if (r == 0)
		r = start_scope(manager, request, pid, slice, place.session);
	if (r == 0) {
		r = node_settle_process(manager, place.session, pid, pidfd);
		if (r < 0)
			error_set(request->err, r, "process %d", (int)pid);
	}
	if (r == 0)
		*ret_place = place;
	return r;
}

static int fill_start_unit(sd_bus_message *message, const void *data)
{
	return sym_sd_bus_message_append(message, "ss", (const char *)data, "replace");
}

static int systemd_start(struct cgroup_manager *manager, const char *unit, deadline_t deadline,
	struct carrel_error *err)
{
	return systemd_call(manager, "StartUnit", fill_start_unit, unit, deadline, err);
}

/* Moves the caller back to where systemd had it. The empty scope ends by itself. This makes no call
 * to systemd, which might take its time, and a logout must not. */
static int systemd_detach(
	struct cgroup_manager *manager, const struct cgroup_place *place, struct carrel_error *err)
{
	int r;

	if (!place->moved)
		return 0;
	r = node_enter(manager, place->previous);
	if (r < 0)
		return error_set(
			err, r, "move back into cgroup %s%s", manager->root, place->previous);
	return 0;
}

static void systemd_free(struct cgroup_manager *manager)
{
	systemd_drop(manager);
}

const struct cgroup_manager_ops cgroup_systemd_ops = {
	.name = "systemd",
	.sets_by_systemd = true,
	.apply = systemd_apply,
	.attach = systemd_attach,
	.rescue = systemd_rescue,
	.adopt = systemd_adopt,
	.start = systemd_start,
	.detach = systemd_detach,
	.free = systemd_free,
};
