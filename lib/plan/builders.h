/* SPDX-License-Identifier: MIT */
/*
 * builders.h - the parts of plan_build(), each of which reads the settings of one section.
 *
 * Those that return int return 0, or -errno with the setting that cannot be carried out in @err.
 */
#ifndef CARREL_PLAN_BUILDERS_H
#define CARREL_PLAN_BUILDERS_H

#include "plan/plan.h"

/* Fills plan->limits from [cgroup]. */
int plan_build_limits(const struct policy *policy, struct plan *plan, struct carrel_error *err);

/* Fills plan->namespaces and appends to plan->ops, from [namespaces] and [mounts]. */
int plan_build_view(const struct policy *policy, const struct policy_login *login,
	const struct host_config *config, struct plan *plan, struct carrel_error *err);

/* Does the same for mode = guest, from the account and [guest] alone. */
int plan_build_guest(const struct policy *policy, const struct policy_login *login,
	struct plan *plan, struct carrel_error *err);

/* Fills *@ret_security from [security]. */
void plan_build_security(const struct policy *policy, struct plan_security *ret_security);

/* Appends the operations that hide other users' homes ([mounts] homes). *@slot is the next free
 * slot and is moved on. */
int plan_build_homes(const struct policy *policy, const struct policy_login *login,
	const struct host_config *config, struct plan_ops *ops, uint32_t *slot,
	struct carrel_error *err);

/* Covers the folder @path, if this host has it, by an empty tmpfs (plan_add_tmpfs()) that is noexec
 * where the folder's own file system is. Unless @ret_path is NULL, *ret_path is where the folder
 * really is, for the caller to free, or NULL where there is none. */
int plan_cover(struct plan_ops *ops, const char *path, uint64_t max_bytes, unsigned mode,
	char **ret_path, struct carrel_error *err);

/* Covers what users can write below /run and /var, besides what view.c covers. */
int plan_build_covers(const struct policy *policy, struct plan_ops *ops, struct carrel_error *err);

/* Returns true if @path is @base or lies below it; both are canonical. */
bool plan_path_within(const char *path, const char *base);

/*
 * Finds the canonical path of the folder @path, as fd_canonical_trusted() does, without asking a
 * file system that may never answer. Whatever is mounted at @root, a folder of homes, is entered.
 * Where the path leads onto the file system of a server or, outside of @root, of a user, the rest
 * of it is taken as it is written. Returns 0 and *ret_path, which the caller frees; -EXDEV where it
 * leads through what a user has mounted below @root; -EPERM for a link in a folder that a user can
 * change; or -errno.
 */
int plan_reach(const char *path, const char *root, char **ret_path);

/* What [mounts] bind says, found by plan_build_bind_sources(); plan_binds_free() frees it. */
struct plan_binds {
	struct plan_bind *item;
	size_t count;
};

/* Appends the operations that take hold of what [mounts] bind shows, before anything covers it.
 * *@slot is the next free slot and is moved on. */
int plan_build_bind_sources(const struct policy *policy, const struct policy_login *login,
	struct plan *plan, uint32_t *slot, struct plan_binds *ret_binds, struct carrel_error *err);

/* Appends the operations that show it. */
void plan_build_bind_targets(
	const struct plan_binds *binds, const struct policy_login *login, struct plan_ops *ops);

/* Frees what @binds owns, and leaves it empty. */
void plan_binds_free(struct plan_binds *binds);

/* Appends the operations for [mounts] readonly. */
int plan_build_readonly(const struct policy *policy, const struct policy_login *login,
	struct plan *plan, struct carrel_error *err);

/* Appends the operations for [mounts] hide. They come last, so that nothing is mounted over what is
 * hidden. */
int plan_build_hidden(const struct policy *policy, const struct policy_login *login,
	struct plan *plan, struct carrel_error *err);

/* Finds the canonical path of @path, a folder or a file, as plan_reach() does. No part of the way
 * may lie on a file system that a user has mounted (-EXDEV). */
int plan_reach_any(const char *path, char **ret_path);

/* Puts sockets of the host's out of reach that tell everybody what others run. */
void plan_build_masks(struct plan_ops *ops);

/* Returns whether the session's network is one that pasta connects with the host's. */
bool plan_needs_connector(const struct policy *policy);

/* Gives the session a network of its own, where the policy wants one; refuses what [network] asks
 * for and cannot have. */
int plan_build_network(const struct policy *policy, struct plan *plan, struct carrel_error *err);

/* Finds the canonical path of the mountpoint @path. *ret_path is for the caller to free, and NULL
 * where this host has no such folder. */
int plan_mountpoint(const char *path, char **ret_path, struct carrel_error *err);

/* Appends the operations for [mounts] terminals. */
int plan_build_terminals(const struct policy *policy, const struct policy_login *login,
	struct plan_ops *ops, struct carrel_error *err);

/* Appends the operations for [mounts] home, after those that hide other users' homes. */
int plan_build_own_home(const struct policy *policy, const struct policy_login *login,
	const struct host_config *config, struct plan_ops *ops, struct carrel_error *err);

/* Finds where @path is: it has all links resolved but its last component, which may be one. @root
 * as for plan_reach(). Returns 0 and *ret_place, which the caller frees, or -errno. */
int plan_place(const char *path, const char *root, char **ret_place);

/* Appends the operations for [mounts] dev and dev.allow, before those that cover anything below
 * /dev. */
int plan_build_devices(const struct policy *policy, const struct policy_login *login,
	struct plan *plan, struct carrel_error *err);

/* Appends the operation that makes a tmpfs in @slot, whose root folder has the permission bits
 * @mode.
 * @max_bytes bounds its contents and, at one inode for each 4 KiB, the number of files; 0 is for a
 * folder that only holds mountpoints. Never returns NULL, as plan_ops_add(). */
struct plan_op *plan_add_tmpfs(
	struct plan_ops *ops, uint32_t slot, uint64_t max_bytes, unsigned mode);

/* Appends the operation that mounts @slot on the folder @path. Never returns NULL. */
struct plan_op *plan_add_attach(struct plan_ops *ops, uint32_t slot, const char *path);

#endif
