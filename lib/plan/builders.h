/* SPDX-License-Identifier: MIT */
/*
 * builders.h - the parts of plan_build(), each reading the settings of one section by their ids.
 */
#ifndef CARREL_PLAN_BUILDERS_H
#define CARREL_PLAN_BUILDERS_H

#include "plan/plan.h"

/* [cgroup]: fills plan->limits. */
int plan_build_limits(const struct policy *policy, struct plan *plan, struct carrel_error *err);

/* [namespaces] and [mounts]: fills plan->namespaces and appends to plan->ops. */
int plan_build_view(const struct policy *policy, const struct policy_login *login,
	const struct host_config *config, struct plan *plan, struct carrel_error *err);

/* mode = guest: the same, from the account and [guest] alone. */
int plan_build_guest(const struct policy *policy, const struct policy_login *login,
	struct plan *plan, struct carrel_error *err);

/* The part of plan_build_view() for [mounts] homes: other users' homes are hidden. @slot is the
 * next free one and is moved on. */
int plan_build_homes(const struct policy *policy, const struct policy_login *login,
	const struct host_config *config, struct plan_ops *ops, uint32_t *slot,
	struct carrel_error *err);

/* Covers @path, where this host has it, by an empty tmpfs (plan_add_tmpfs()) that is noexec where
 * the folder's own file system is. *ret_path (may be NULL): where it really is, NULL where there is
 * none; the caller frees it. */
int plan_cover(struct plan_ops *ops, const char *path, uint64_t max_bytes, unsigned mode,
	char **ret_path, struct carrel_error *err);

/* The part for what users can write below /run and /var, besides what view.c covers. */
int plan_build_covers(const struct policy *policy, struct plan_ops *ops, struct carrel_error *err);

/* True if @path is @base or lies below it; both are canonical. */
bool plan_path_within(const char *path, const char *base);

/*
 * The canonical path of the folder @path, as fd_canonical_trusted() finds it, in *ret_path (the
 * caller frees it), without asking a file system that may never answer. Into @root, a folder of
 * homes, the way leads whatever is mounted there. Where it leads onto the file system of a server
 * or, outside of @root, of a user, the rest is taken as it is written. 0; -EXDEV where it leads
 * through what a user has mounted below @root; -EPERM for a link in a folder that a user can
 * change; -errno.
 */
int plan_reach(const char *path, const char *root, char **ret_path);

/* The part for sockets of the host's that tell everybody what others run. */
void plan_build_masks(struct plan_ops *ops);

/* The canonical path of a mountpoint, NULL (and 0) where this host has none. */
int plan_mountpoint(const char *path, char **ret_path, struct carrel_error *err);

/* The part of plan_build_view() for [mounts] terminals. */
int plan_build_terminals(const struct policy *policy, const struct policy_login *login,
	struct plan_ops *ops, struct carrel_error *err);

/* Mounts a new tmpfs on the existing folder @path, through slot 0. @max_bytes bounds its contents
 * and, at one inode for each 4 KiB, their number; 0 means "next to nothing", for folders that only
 * hold mountpoints. *ret_slot (may be NULL) is filled instead of attaching where MKDIRs follow. */
struct plan_op *plan_add_tmpfs(
	struct plan_ops *ops, uint32_t slot, uint64_t max_bytes, unsigned mode);
struct plan_op *plan_add_attach(struct plan_ops *ops, uint32_t slot, const char *path);

#endif
