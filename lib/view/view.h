/* SPDX-License-Identifier: MIT */
/*
 * view.h - carries out the operations of a plan: makes the view of a session, and of a jail.
 *
 * This is all that session-init has besides its leases, and it is linked into guest-launch for the
 * jails of a guest's programs. It allocates nothing, formats nothing and knows nothing of libcarrel
 * but the format of a plan (plan/ops.h), so that a static program of some 20 KB can have it: it is
 * built twice, with musl and with glibc.
 */
#ifndef CARREL_VIEW_VIEW_H
#define CARREL_VIEW_VIEW_H

#include "plan/ops.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

/* The only descriptor that session-init is born with: it is sent its plan there, and answers. */
enum { VIEW_SOCKET = 3 };

/* A plan as it came, checked: every offset lies within it and every string ends within it. */
struct view_plan {
	const struct plan_op *setup, *final, *lost; /* three parts of one array; NULL: none came */
	uint32_t n_setup, n_final, n_lost;
	const char *bytes;
	int slot[PLAN_SLOTS]; /* -1: empty */
	int control;          /* where @control_uid may ask for the end; -1: nowhere */
	uint32_t control_uid;
	int asker;     /* the connection that asked, -1: none */
	int join;      /* where root joins; -1: nowhere */
	int terminals; /* a devpts, or the mount namespace that has it; -1: none came */
	int *part;     /* the file systems that came; -1: taken, or none */
	uint32_t n_parts, parts_taken;
	const char *name; /* of the first lease */
	int32_t linger_ms;
	int proc; /* /proc, where processes that are stopped are looked for; -1: nowhere */
	uint32_t look_ms;
};

struct view_dir_entry { /* getdents64(2) */
	uint64_t inode;
	int64_t next;
	unsigned short length;
	unsigned char type;
	char name[];
};

/* Checks the @size bytes at @message and points *plan into them. Returns 0, or a positive errno:
 * EPROTO for a plan of another version. */
int view_plan_parse(const char *message, size_t size, struct view_plan *plan);

/* Carries out the set-up operations in order. Returns 0, or a positive errno with the index of the
 * operation that failed in *ret_op. */
int view_plan_apply(struct view_plan *plan, uint32_t *ret_op);

/* Carries out the final operations, whatever goes wrong with each. */
void view_plan_finish(struct view_plan *plan);

/* Returns the string of the plan that is at @offset. */
static inline const char *string_at(const struct view_plan *plan, uint32_t offset)
{
	return plan->bytes + offset;
}

/* Closes what is in the slot, if anything is. */
void view_close_slot(struct view_plan *plan, uint32_t slot);

/* Removes the record of the lease @name, whose holder has died. */
void view_plan_lost(struct view_plan *plan, const char *name);

/* Removes the cgroup of the lease @name, which has ended; waits for its processes to end, @patience
 * milliseconds at the most. Returns whether the cgroup is gone. */
bool view_plan_tidy(struct view_plan *plan, const char *name, int patience);

/* Closes what only the set-up needed; keeps the sockets and what the final operations name. */
void view_plan_settle(struct view_plan *plan);

/* Opens @path by openat2(2), following no link, and beneath @dirfd where that is a descriptor.
 * Returns a descriptor, or -1 and errno. */
int view_open_path(int dirfd, const char *path, int flags);

/*
 * Opens the folder or file @path, which is absolute, and follows no link. What is found in a folder
 * that others than root can change has to be root's or @uid's: nobody else decides what is there.
 * With @uid 0 no such folder may be on the way at all. Returns a descriptor, or -1 and errno: EPERM
 * where the way is not so.
 */
int view_open_guarded(const char *path, uid_t uid);

/* Returns whether root alone can change what is open as @fd. */
bool view_is_roots(int fd);

struct mount_attr;

/* Calls mount_setattr(2), which musl does not have. Returns 0, or -1 and errno. */
int view_mount_attr(int fd, const char *path, unsigned flags, struct mount_attr *attr);

/* Returns how long ago @start was, a time of CLOCK_MONOTONIC, in milliseconds. */
int64_t view_milliseconds_since(const struct timespec *start);

/* Mounts the mount @mount, which is nowhere yet, on the open folder or file @target. Returns 0, or
 * -1 and errno. */
int view_move_mount(int mount, int target);

/* Makes every mount a slave (PLAN_OP_SLAVE). Returns 0, or -1 and errno. */
int view_enslave(void);

/* Makes a time namespace for the caller's children, in which the machine has just been started.
 * Returns 0, or -1 and errno. */
int view_begin_clocks(void);

/* Copies the mounts at what is open as @fd, and below it, as mounts with @attrs that are nowhere
 * yet. Returns a descriptor, or -1 and errno. */
int view_grab(int fd, uint64_t attrs);

/* Makes a file system of @type with the "key=value" strings @options, the last of which is followed
 * by an empty one, as a mount with @attrs that is nowhere yet. Returns a descriptor, or -1 and
 * errno. */
int view_new_fs(const char *type, const char *options, uint64_t attrs);

/* Makes the folder @path with @perm and its owner beneath @root, the root of a new file system that
 * nobody else can reach yet. One that is there already stays as it is. Returns 0, or -1 and errno.
 */
int view_mkdir(int root, const char *path, unsigned perm, uid_t uid, gid_t gid);

/* Mounts @mount on what is open as @target, after view_take_after() with the @flags of
 * PLAN_OP_ATTACH. Returns 0, or -1 and errno. */
int view_attach(int mount, int target, unsigned flags);

/* Adds @attrs to the mount whose root is the folder @path. Returns 0, or -1 and errno. */
int view_protect(const char *path, uint64_t attrs);

/* Mounts the new file system @layers on the folder that is open as @folder, and over both an
 * overlay whose upper layer it is. Returns 0, or -1 and errno: EOPNOTSUPP where the folder's file
 * system cannot be the lower one. */
int view_overlay(int layers, int folder);

/* Covers the folder, socket or file that is open as @target with one of the file system @root, for
 * PLAN_OP_MASK. Returns 0, or -1 and errno. */
int view_mask(int root, int target);

/* Gives @mount the properties of the folder @below, as the @flags of PLAN_OP_ATTACH say. Returns 0,
 * or -1 and errno. */
int view_take_after(int mount, int below, unsigned flags);

/* The operations of a root of the session's own (PLAN_OP_STAGE and those that follow), whose file
 * system is @root. Each returns 0, or -1 and errno. */
int view_root_stage(int root, const char *path);
int view_root_file(int root, const char *path, const char *text, unsigned mode);
int view_root_bind(int root, const char *source, const char *target, uint64_t attrs);
int view_root_pivot(int root);

/* Brings up the loopback interface of the network namespace. Returns 0, or -1 and errno. */
int view_raise_loopback(void);

/*
 * Makes a network namespace of the session's own that the program @path (pasta), running as @uid
 * and @gid, connects with the network that the caller is in, and joins it. Addresses that are the
 * caller's network's own are refused from there; loopback is each network's own anyway. Returns 0;
 * or -1 and errno, ECHILD where the program could not do it.
 */
int view_network(const char *path, uid_t uid, gid_t gid);

/* A destination: a network of IP addresses and, unless @port is 0, that port of TCP and UDP. */
struct view_route {
	int family;
	unsigned char address[16];
	unsigned bits;
	uint16_t port;
	bool allowed;
};

/* Reads "10.0.0.0/8" or "fd00::/8". Returns 0 and *ret_route, whose other members are 0, or -1 and
 * EINVAL. */
int view_routes_parse(const char *text, struct view_route *ret_route);

/* Allows or refuses what is sent from the caller's network to @network ("10.0.0.0/8") and to @port
 * there (0: any), unless an earlier rule has decided. Returns 0, or -1 and errno. */
int view_routes_add(const char *network, uint16_t port, bool allowed);

/* Opens a socket that knows the routes of the network that the caller is in now. Returns a
 * descriptor, or -1 and errno. */
int view_routes_open(void);

/* Refuses, from the caller's network, the addresses that the network of the socket @outside has. It
 * comes before the first view_routes_add(). Returns 0, or -1 and errno. */
int view_routes_refuse_host(int outside);

/* Covers the file @target with the file @name in the root of @mount. Returns 0, or -1 and errno. */
int view_cover_with(int mount, const char *name, const char *target);

/* Unmounts all that is mounted on @path, a folder on a path that only root can change, and below
 * it; passes over what may not be unmounted. Returns 0, or -1 and errno. */
int view_detach(const char *path);

/* Copies the devpts @terminals, or the one at @path in the mount namespace @terminals, as a mount
 * that is nowhere yet. Returns a descriptor, or -1 and errno. */
int view_take_terminals(int terminals, const char *path);

/* Covers the file @target with the file @source. Returns 0, or -1 and errno. */
int view_cover_file(const char *source, const char *target);

/* Leads every TCP connection within the caller's network namespace to one of two new listening
 * sockets, for IPv4 and for IPv6 (-1 where there is none). Returns 0, or -1 and errno. */
int view_catch_connections(int ret_fds[2]);

/* Starts the program @path as @uid and @gid with @fds as its first descriptors from 3 on, and no
 * others. Nobody waits for it. Returns 0, or -1 and errno. */
int view_spawn(const char *path, const int fds[2], uid_t uid, gid_t gid);

/* Leaves the cgroup that is about to go: writes "0" to the open cgroup.procs @fd, or to the file
 * @path beneath it. Returns 0, or -1 and errno. */
int view_cgroup_leave(int fd, const char *path);

/* Removes the cgroup @path beneath @root once it is empty, for which it waits @patience
 * milliseconds at the most. Returns 0, or -1 and errno, EBUSY where it does not become empty. */
int view_cgroup_remove(int root, const char *path, int patience);

/* Removes each cgroup right below @path in the same way, and then @path itself without a wait.
 * Returns 0, or -1 and errno. */
int view_cgroup_remove_below(int root, const char *path, int patience);

#endif
