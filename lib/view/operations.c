// SPDX-License-Identifier: MIT
/*
 * operations.c - carries out the operations that set a view up.
 *
 * The paths come from the module, which resolved them. Nothing is trusted again here: every path is
 * opened with openat2(2) and no link is followed, and mounts are moved by descriptor. So whatever a
 * user renames or replaces meanwhile makes the operation fail, and does not redirect it.
 */
#include "view/view.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif

void view_close_slot(struct view_plan *plan, uint32_t slot)
{
	if (plan->slot[slot] >= 0)
		close(plan->slot[slot]);
	plan->slot[slot] = -1;
}

/* Puts @fd into the slot. Returns 0, or -1 and errno where @fd is no descriptor. */
static int fill_slot(struct view_plan *plan, uint32_t slot, int fd)
{
	if (fd < 0)
		return -1;
	view_close_slot(plan, slot);
	plan->slot[slot] = fd;
	return 0;
}

/* Tells the opener which operation begins, so that it can say what it has waited for if this never
 * ends. */
static void tell_begun(const struct view_plan *plan, const struct plan_op *op)
{
	struct plan_answer begun = {
		.version = PLAN_VERSION, .error = PLAN_BEGUN, .op = (uint32_t)(op - plan->setup)};

	send(VIEW_SOCKET, &begun, sizeof(begun), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Opens the path of an operation: a folder; where it is guarded or @any, a file as well. */
static int open_path_of(const struct view_plan *plan, const struct plan_op *op, bool any)
{
	const char *path = string_at(plan, op->path);

	if ((op->kind == PLAN_OP_GRAB && !(op->flags & PLAN_OP_LOCAL)) ||
		(op->flags & PLAN_OP_GUARDED))
		tell_begun(plan, op);
	if (op->flags & PLAN_OP_GUARDED)
		return view_open_guarded(path, op->uid);
	return view_open_path(AT_FDCWD, path, any ? O_PATH : O_PATH | O_DIRECTORY);
}

static int do_grab(struct view_plan *plan, const struct plan_op *op)
{
	int fd = open_path_of(plan, op, false), r;

	if (fd < 0)
		return -1;
	if ((op->flags & PLAN_OP_ROOTS) && !view_is_roots(fd)) {
		errno = EPERM;
		r = -1;
	} else {
		r = fill_slot(plan, op->slot, view_grab(fd, op->attrs));
	}
	close(fd);
	return r;
}

/* Returns the next of the file systems that came with the plan, or -1 and errno. */
static int take_made_fs(struct view_plan *plan)
{
	int fd = -1;

	if (plan->part && plan->parts_taken < plan->n_parts) {
		fd = plan->part[plan->parts_taken];
		plan->part[plan->parts_taken++] = -1;
	}
	if (fd < 0)
		errno = EBADF;
	return fd;
}

static int do_new_fs(struct view_plan *plan, const struct plan_op *op)
{
	const char *options = op->text ? string_at(plan, op->text) : "";

	if (op->flags & PLAN_OP_MADE)
		return fill_slot(plan, op->slot, take_made_fs(plan));
	return fill_slot(
		plan, op->slot, view_new_fs(string_at(plan, op->fs_type), options, op->attrs));
}

/* Refuses paths that could lead out of the file system of our own in which something is made: a
 * part of the path may be a user's. */
static bool stays_beneath(const char *path)
{
	for (const char *part = path;; part++) {
		size_t length = strcspn(part, "/");

		if (length == 0 || (length == 2 && part[0] == '.' && part[1] == '.')) {
			errno = EXDEV;
			return false;
		}
		part += length;
		if (!*part)
			return true;
	}
}

int view_mkdir(int root, const char *path, unsigned perm, uid_t uid, gid_t gid)
{
	if (!stays_beneath(path))
		return -1;
	/* Nobody else can reach this new file system of our own yet, so names cannot be raced. */
	if (mkdirat(root, path, perm) < 0)
		return errno == EEXIST ? 0 : -1;
	if (fchmodat(root, path, perm, 0) < 0)
		return -1;
	return fchownat(root, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

static int do_mkdir(struct view_plan *plan, const struct plan_op *op)
{
	if (op->flags & PLAN_OP_MADE)
		return 0;
	return view_mkdir(
		plan->slot[op->slot], string_at(plan, op->path), op->perm, op->uid, op->gid);
}

static int do_attach(struct view_plan *plan, const struct plan_op *op)
{
	int target, r;

	if (plan->slot[op->slot] < 0 && (op->flags & PLAN_OP_IF_THERE))
		return 0;
	target = open_path_of(plan, op, false);
	if (target < 0)
		return -1;
	r = view_attach(plan->slot[op->slot], target, op->flags);
	close(target);
	if (r == 0)
		view_close_slot(plan, op->slot);
	return r;
}

static int do_mask(struct view_plan *plan, const struct plan_op *op)
{
	int target = open_path_of(plan, op, true), r;

	if (target < 0)
		return errno == ENOENT && !(op->flags & PLAN_OP_GUARDED) ? 0 : -1;
	r = view_mask(plan->slot[op->slot], target);
	close(target);
	return r;
}

static int do_overlay(struct view_plan *plan, const struct plan_op *op)
{
	int folder = open_path_of(plan, op, false), r;

	if (folder < 0)
		return -1;
	r = view_overlay(plan->slot[op->slot], folder);
	close(folder);
	view_close_slot(plan, op->slot);
	return r;
}

/* Makes a socket at which the session listens. Nobody can connect before listen(2), and the folder
 * is root's. */
static int do_listen(struct view_plan *plan, const struct plan_op *op)
{
	enum { BACKLOG = 8 };
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = string_at(plan, op->path);
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fill_slot(plan, op->slot, fd) < 0)
		return -1;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		chmod(path, 0600) < 0 || lchown(path, op->uid, (gid_t)-1) < 0 ||
		listen(fd, BACKLOG) < 0)
		return -1;
	if (op->kind == PLAN_OP_LISTEN_JOIN) {
		plan->join = fd;
		return 0;
	}
	plan->control = fd;
	plan->control_uid = op->uid;
	return 0;
}

static int do_root(struct view_plan *plan, const struct plan_op *op)
{
	const char *path = string_at(plan, op->path), *text = string_at(plan, op->text);
	int root = plan->slot[op->slot];

	if (!stays_beneath(op->kind == PLAN_OP_BIND ? text : path))
		return -1;
	if (op->kind == PLAN_OP_BIND)
		return view_root_bind(root, path, text, op->attrs);
	if (op->kind == PLAN_OP_FILE)
		return view_root_file(root, path, text, op->perm);
	return symlinkat(text, root, path);
}

static int do_catch(struct view_plan *plan, const struct plan_op *op)
{
	int fds[2];

	if (op->slot + 1 >= PLAN_SLOTS || view_catch_connections(fds) < 0)
		return -1;
	for (uint32_t i = 0; i < 2; i++)
		plan->slot[op->slot + i] = fds[i];
	return 0;
}

static int do_run_program(struct view_plan *plan, const struct plan_op *op)
{
	if (op->slot + 1 >= PLAN_SLOTS || plan->slot[op->slot] < 0)
		return 0; /* nothing to serve */
	return view_spawn(string_at(plan, op->path), &plan->slot[op->slot], op->uid, op->gid);
}

static int do_terminals(struct view_plan *plan, const struct plan_op *op)
{
	const char *path = string_at(plan, op->path);

	if (fill_slot(plan, op->slot, view_take_terminals(plan->terminals, path)) < 0 ||
		do_attach(plan, op) < 0)
		return -1;
	return op->covers_ptmx ? view_cover_file("/dev/pts/ptmx", "/dev/ptmx") : 0;
}

static int do_keep(struct view_plan *plan, const struct plan_op *op, int flags)
{
	return fill_slot(
		plan, op->slot, view_open_path(AT_FDCWD, string_at(plan, op->path), flags));
}

static int do_route(const struct view_plan *plan, const struct plan_op *op)
{
	return view_routes_add(
		string_at(plan, op->path), (uint16_t)op->port, op->kind == PLAN_OP_ALLOW);
}

static int do_network(const struct view_plan *plan, const struct plan_op *op)
{
	if (op->kind != PLAN_OP_NETWORK)
		return do_route(plan, op);
	tell_begun(plan, op);
	return view_network(string_at(plan, op->path), op->uid, op->gid);
}

static int do_cover_file(struct view_plan *plan, const struct plan_op *op)
{
	return view_cover_with(
		plan->slot[op->slot], string_at(plan, op->text), string_at(plan, op->path));
}

static int do_watch_stopped(struct view_plan *plan, const struct plan_op *op)
{
	plan->look_ms = op->look_ms;
	plan->proc = view_open_path(AT_FDCWD, string_at(plan, op->path), O_RDONLY | O_DIRECTORY);
	return plan->proc < 0 ? -1 : 0;
}

/* Carries out one operation. Returns 0, or -1 and errno. */
static int carry_out_op(struct view_plan *plan, const struct plan_op *op)
{
	switch (op->kind) {
	case PLAN_OP_SLAVE:
		return view_enslave();
	case PLAN_OP_CGROUP_NAMESPACE:
		return unshare(CLONE_NEWCGROUP);
	case PLAN_OP_TIME_NAMESPACE:
		return view_begin_clocks();
	case PLAN_OP_GRAB:
		return do_grab(plan, op);
	case PLAN_OP_NEW_FS:
		return do_new_fs(plan, op);
	case PLAN_OP_MKDIR:
		return do_mkdir(plan, op);
	case PLAN_OP_ATTACH:
		return do_attach(plan, op);
	case PLAN_OP_PROTECT:
		return view_protect(string_at(plan, op->path), op->attrs);
	case PLAN_OP_MASK:
		return do_mask(plan, op);
	case PLAN_OP_KEEP_DIR:
		return do_keep(plan, op, O_PATH | O_DIRECTORY);
	case PLAN_OP_KEEP_FILE:
		return do_keep(plan, op, (int)op->open_flags | O_NOCTTY);
	case PLAN_OP_LISTEN:
	case PLAN_OP_LISTEN_JOIN:
		return do_listen(plan, op);
	case PLAN_OP_STAGE:
		return view_root_stage(plan->slot[op->slot], string_at(plan, op->path));
	case PLAN_OP_FILE:
	case PLAN_OP_SYMLINK:
	case PLAN_OP_BIND:
		return do_root(plan, op);
	case PLAN_OP_PIVOT:
		return view_root_pivot(plan->slot[op->slot]);
	case PLAN_OP_DETACH:
		return view_detach(string_at(plan, op->path));
	case PLAN_OP_LOOPBACK:
		return view_raise_loopback();
	case PLAN_OP_CATCH:
		return do_catch(plan, op);
	case PLAN_OP_RUN:
		return do_run_program(plan, op);
	case PLAN_OP_TERMINALS:
		return do_terminals(plan, op);
	case PLAN_OP_OVERLAY:
		return do_overlay(plan, op);
	case PLAN_OP_WATCH:
		return do_watch_stopped(plan, op);
	case PLAN_OP_NETWORK:
	case PLAN_OP_ALLOW:
	case PLAN_OP_REFUSE:
		return do_network(plan, op);
	case PLAN_OP_COVER_FILE:
		return do_cover_file(plan, op);
	}
	errno = ENOSYS; /* from a newer module */
	return -1;
}

static bool may_lack(const struct plan_op *op, int error)
{
	if (op->flags & PLAN_OP_OPTIONAL)
		return true;
	return (op->kind == PLAN_OP_GRAB || (op->flags & PLAN_OP_GUARDED)) &&
	       (op->flags & PLAN_OP_IF_THERE) && (error == ENOENT || error == ENOTDIR);
}

int view_plan_apply(struct view_plan *plan, uint32_t *ret_op)
{
	for (uint32_t i = 0; i < plan->n_setup; i++) {
		if (carry_out_op(plan, &plan->setup[i]) < 0 && !may_lack(&plan->setup[i], errno)) {
			*ret_op = i;
			return errno ? errno : EIO; /* 0 would be success */
		}
	}
	return 0;
}
