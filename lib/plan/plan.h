/* SPDX-License-Identifier: MIT */
/*
 * plan.h - what carrel is going to do for one login, as data.
 *
 * A plan is built from the policy and from what can be seen of the host without privilege. Nothing
 * is looked up in a policy after this: the session layer carries the plan out, and explain and
 * audit print it.
 */
#ifndef CARREL_PLAN_PLAN_H
#define CARREL_PLAN_PLAN_H

#include "base/error.h"
#include "cgroup/limits.h"
#include "plan/ops.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Four lists of operations, each in the order in which session-init carries it out, and the strings
 * of all of them. plan_ops_finish() joins them into the message.
 */
struct plan_ops {
	/* Takes hold of the host's folders for the final operations, before a cover hides them. */
	struct plan_op keep[PLAN_SLOTS_FINAL];
	struct plan_op setup[PLAN_SETUP_MAX];
	struct plan_op final[PLAN_FINAL_MAX];
	struct plan_op lost[PLAN_LOST_MAX]; /* for each lease that ends */
	uint32_t n_keep, n_setup, n_final, n_lost;
	char strings[PLAN_BYTES_MAX / 2];
	uint32_t strings_used; /* offset 0 is the empty string */
	uint32_t name;         /* string: of the first lease; plan_ops_name() */
	int32_t linger_ms;     /* see struct plan_head */
	int error;             /* the first that happened while appending: -E2BIG */
};

/* What each process that is born in a session has (pam_module/birth.h). */
struct plan_security {
	bool no_new_privs;
	bool no_userns;
	bool bounded;          /* whether capabilities counts */
	uint64_t capabilities; /* the bounding set: bit n is capability n of capability.h */
};

struct plan {
	char *user;
	uid_t uid;
	gid_t gid;
	char *home;
	enum policy_mode mode;
	enum policy_on_error on_error;
	bool banner;
	bool rescue; /* where quota or max_sessions leave no room, there is a rescue session */
	uint64_t max_sessions;
	enum policy_share share;
	int32_t linger_ms; /* with POLICY_SHARE_USER; PLAN_LINGER_FOREVER */
	char *summary;     /* the limits in one line: "memory 4G, cpu 200%, 512 processes" */
	struct cgroup_limits limits;
	char **skipped;      /* what optional lists name and the host lacks: "mounts.hide /srv/x" */
	bool io_skipped;     /* an optional io.max names a path without a device of its own */
	uint64_t namespaces; /* CLONE_NEW* of a new session-init; CLONE_NEWCGROUP is an operation */
	bool own_network;    /* a network of its own: [namespaces] net = private */
	struct plan_security security;
	struct plan_ops *ops; /* set-up operations; the session layer fills the other lists */
};

/*
 * Builds the plan. @policy, @login and @config are only read; the plan owns its own copies.
 * Looks at the host: total memory, block devices, which mountpoints there are, and where links
 * that only root can change lead to. Returns 0 and *ret_plan (free with plan_free()), or -errno
 * with the setting that cannot be carried out in @err.
 */
int plan_build(const struct policy *policy, const struct policy_login *login,
	const struct host_config *config, struct plan **ret_plan, struct carrel_error *err);

/* Builds the plan that plan_build() would build if the policy's mode were host: the limits, and no
 * sandbox. */
int plan_build_quotas(const struct policy *policy, const struct policy_login *login,
	struct plan **ret_plan, struct carrel_error *err);

/* Frees the plan and all that it owns; NULL is none. */
void plan_free(struct plan *plan);

/* Frees *@plan; for cleanup(). */
void plan_freep(struct plan **plan);

/* Puts @security into words, "no_new_privs, no user namespace"; "" where it says nothing. Returns a
 * part of @buf, whose @size is in bytes. */
const char *plan_security_describe(const struct plan_security *security, char *buf, size_t size);

/* Returns true if a session with tmp = private has the folder @path of its own, where the host has
 * it. */
bool plan_covers(const char *path);

/* Returns true if @service is that of an sshd: "sshd", or "sshd" and more behind it ("sshd-sftp").
 */
bool plan_is_sshd(const char *service);

/* Returns true if a login by @service gets a rescue session where the quota or max_sessions leaves
 * no room (session/rescue.h). */
bool plan_may_rescue(const struct policy *policy, const char *service);

/* Returns CLONE_NEW* of all namespaces that the session has of its own, by clone(2) or by an
 * operation. */
uint64_t plan_namespaces(const struct plan *plan);

/* Returns true if the plan needs a session-init at all. */
bool plan_has_sandbox(const struct plan *plan);

/*
 * Appends an operation to the list of that name, plan_ops_add() to the set-up operations. It is
 * zeroed but for its kind and its strings: @path or the fs_type of NEW_FS, and @text as "key=value"
 * strings in a NULL-terminated array; both may be NULL. Never returns NULL: running out of room is
 * noted in ops->error and found by plan_ops_finish().
 */
struct plan_op *plan_ops_add(
	struct plan_ops *ops, enum plan_op_kind kind, const char *path, const char *const *text);
struct plan_op *plan_ops_add_keep(struct plan_ops *ops, enum plan_op_kind kind, const char *path);
struct plan_op *plan_ops_add_final(struct plan_ops *ops, enum plan_op_kind kind, const char *path);
struct plan_op *plan_ops_add_lost(struct plan_ops *ops, enum plan_op_kind kind, const char *path);

/* Returns the operation that a struct plan_answer names by @index, which counts those of keep and
 * then those of setup; NULL for an index of none. */
const struct plan_op *plan_ops_at(const struct plan_ops *ops, uint32_t index);

/* Returns a number for the set-up operations and namespaces, which is the same for the same view.
 * To be called before the session layer has added to the plan. */
uint64_t plan_digest(const struct plan *plan);

/* Names the first lease, for the operations of the list "lost". */
void plan_ops_name(struct plan_ops *ops, const char *name);

/* Makes the message for session-init: keep and setup are its set-up operations. Returns 0 and
 * *ret_message, which the caller frees, with its size in bytes; -E2BIG or -ENOMEM. */
int plan_ops_finish(const struct plan_ops *ops, void **ret_message, size_t *ret_size);

/* Puts the operation plan_ops_at() @index into words, as messages and explain print it ("mount it
 * on /tmp"); "start" for an index of none. Returns @buf, whose @size is in bytes. */
const char *plan_op_describe(const struct plan_ops *ops, uint32_t index, char *buf, size_t size);

#endif
