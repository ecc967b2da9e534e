/* SPDX-License-Identifier: MIT */
/*
 * init.h - the parts of session-init, PID 1 of a carrel.
 *
 * Static, one thread, no allocation, no formatting: it carries out the plan it is sent, answers,
 * and then waits for its leases to end. It is built with musl and knows nothing of libcarrel but
 * the format of the plan.
 */
#ifndef CARREL_INIT_INIT_H
#define CARREL_INIT_INIT_H

#include "plan/ops.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { INIT_SOCKET = 3 }; /* the only descriptor that it is born with */

/* A plan as it came, checked: every offset lies within it and every string ends within it. */
struct init_plan {
	const struct plan_op *op;
	uint32_t n_setup, n_final;
	const char *bytes;
	int slot[PLAN_SLOTS]; /* -1: empty */
	int control;          /* where @control_uid may ask for the end; -1: nowhere */
	uint32_t control_uid;
	int asker;        /* the connection that asked, -1: none */
	int join;         /* where root joins; -1: nowhere */
	int terminals;    /* a devpts, or the mount namespace that has it; -1: none came */
	const char *name; /* of the first lease */
	int32_t linger_ms;
	int proc; /* /proc, where processes that are stopped are looked for; -1: nowhere */
	uint32_t look_ms;
};

struct init_entry { /* getdents64(2) */
	uint64_t inode;
	int64_t next;
	unsigned short length;
	unsigned char type;
	char name[];
};

/* Checks @size bytes at @message. 0, or a positive errno: EPROTO for another version. */
int init_plan_parse(const char *message, size_t size, struct init_plan *plan);

/* Carries out the set-up operations in order. 0, or a positive errno and the operation's index. */
int init_plan_apply(struct init_plan *plan, uint32_t *ret_op);

/* Carries out the final operations, whatever goes wrong with each. */
void init_plan_finish(struct init_plan *plan);

/* Removes the record of a lease whose holder has died. */
void init_plan_lost(struct init_plan *plan, const char *name);

/* Removes the cgroup of a lease that has ended, for whose processes it waits @patience milliseconds
 * at the most; true once there is none. */
bool init_plan_tidy(struct init_plan *plan, const char *name, int patience);

/* Closes what only the set-up needed; keeps the sockets and what the final operations name. */
void init_plan_settle(struct init_plan *plan);

/* openat2(2) that follows no link, and beneath @dirfd where that is one. -1 and errno. */
int init_open_path(int dirfd, const char *path, int flags);

struct mount_attr;

/* mount_setattr(2). -1 and errno. */
int init_mount_attr(int fd, const char *path, unsigned flags, struct mount_attr *attr);

/* PLAN_OP_MASK beneath the file system @root, and what PLAN_OP_ATTACH does with its flags: @mount
 * takes the properties of the folder @below. Both: 0, or -1 and errno. */
int init_mask(int root, const char *path);
int init_take_after(int mount, int below, unsigned flags);

/* The operations of a root of the session's own (PLAN_OP_STAGE and those that follow), whose
 * file system is @root; and its network. These five: 0, or -1 and errno. */
int init_root_stage(int root, const char *path);
int init_root_file(int root, const char *path, const char *text, unsigned mode);
int init_root_bind(int root, const char *source, const char *target, uint64_t attrs);
int init_root_pivot(int root);
int init_loopback(void);

/* Unmounts all that is mounted on @path, a folder on a path that only root can change, and below
 * it; passes over what may not be unmounted. 0, or -1 and errno. */
int init_detach(const char *path);

/* The devpts @terminals, or that of the mount namespace @terminals, as a mount that is nowhere yet:
 * a descriptor, or -1 and errno. */
int init_terminals(int terminals, const char *path);

/* The file @source covers the file @target. 0, or -1 and errno. */
int init_cover_file(const char *source, const char *target);

/* Every TCP connection within the caller's network namespace goes to one of two new listening
 * sockets, for IPv4 and for IPv6 (-1 where there is none). 0, or -1 and errno. */
int init_catch(int ret_fds[2]);

/* Starts the program @path as @uid and @gid, which has these as its first descriptors from 3 on,
 * and no others. It is not waited for. 0, or -1 and errno. */
int init_run(const char *path, const int fds[2], uid_t uid, gid_t gid);

/* Leaves the cgroup that is about to go: writes "0" to the open cgroup.procs @fd, or to the file
 * @path beneath it. These three: 0, or -1 and errno. */
int init_cgroup_leave(int fd, const char *path);

/* Removes cgroup @path beneath @root once it is empty, for which it waits @patience milliseconds at
 * the most. -1 and EBUSY where it does not become so. */
int init_cgroup_remove(int root, const char *path, int patience);

/* The same for each cgroup right below @path, and then @path itself, without a wait. */
int init_cgroup_remove_below(int root, const char *path, int patience);

/* Gives up every capability but that to end the session's processes. 0 or a positive errno. */
int init_drop_capabilities(void);

#endif
