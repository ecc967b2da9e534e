/* SPDX-License-Identifier: MIT */
/*
 * plan.h - what carrel is going to do for one login, as data.
 *
 * Built from the policy and from what can be seen of the host without privilege. Nothing looks
 * anything up after this: the session layer carries it out, explain and audit print it.
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

/* A plan_ops buffer that grows; plan_ops_finish() makes the message of it. */
struct plan_ops {
	struct plan_op op[PLAN_OPS_MAX];
	uint32_t n_setup, n_final;
	char strings[PLAN_BYTES_MAX / 2];
	uint32_t strings_used; /* offset 0 is the empty string */
	uint32_t name;         /* string: of the first lease; plan_ops_name() */
	int32_t linger_ms;     /* see struct plan_head */
	int error;             /* the first that happened while appending: -E2BIG */
};

struct plan {
	char *user;
	uid_t uid;
	gid_t gid;
	char *home;
	enum policy_mode mode;
	enum policy_on_error on_error;
	bool banner;
	bool rescue; /* whom quota or max_sessions leave no room gets a rescue session */
	uint64_t max_sessions;
	enum policy_share share;
	int32_t linger_ms; /* with POLICY_SHARE_USER; PLAN_LINGER_FOREVER */
	char *summary;     /* the limits in one line: "memory 4G, cpu 200%, 512 processes" */
	struct cgroup_limits limits;
	bool io_skipped;     /* an optional io.max names a path without a device of its own */
	uint64_t namespaces; /* CLONE_NEW* of a new session-init; CLONE_NEWCGROUP is an operation */
	struct plan_ops *ops; /* set-up operations; the session layer appends the final ones */
};

/*
 * Builds the plan. @policy, @login and @config are only read; the plan owns its own copies.
 * Looks at the host: total memory, block devices, which mountpoints there are, and where links
 * that only root can change lead to. Returns 0 and *ret_plan (free with plan_free()), or -errno
 * with the setting that cannot be carried out in @err.
 */
int plan_build(const struct policy *policy, const struct policy_login *login,
	const struct host_config *config, struct plan **ret_plan, struct carrel_error *err);
void plan_free(struct plan *plan);

/* True if @path is a folder that a session with tmp = private has of its own, where the host has
 * it. */
bool plan_covers(const char *path);

/* True if @service is that of an sshd: "sshd", or "sshd" and more behind it ("sshd-sftp"). */
bool plan_is_sshd(const char *service);

/* True if a login by @service gets a rescue session where the quota or max_sessions leaves no room
 * (session/rescue.h). */
bool plan_may_rescue(const struct policy *policy, const char *service);

/* True if the plan needs a session-init at all. */
bool plan_has_sandbox(const struct plan *plan);

/*
 * The next operation of either list, zeroed but for its kind and strings (@path, and @text as
 * "key=value" strings in a NULL-terminated array; both may be NULL). Never NULL: running out of
 * room is noted in ops->error and found by plan_ops_finish().
 */
struct plan_op *plan_ops_add(
	struct plan_ops *ops, enum plan_op_kind kind, const char *path, const char *const *text);
struct plan_op *plan_ops_add_final(struct plan_ops *ops, enum plan_op_kind kind, const char *path);

/* A number for the set-up operations and namespaces: the same for the same view. Before the session
 * layer has added to them. */
uint64_t plan_digest(const struct plan *plan);

/* Names the first lease, for the PLAN_OP_LOST_* operations. */
void plan_ops_name(struct plan_ops *ops, const char *name);

/* The message for session-init; malloc'ed, the caller frees it. 0, -E2BIG, -ENOMEM. */
int plan_ops_finish(const struct plan_ops *ops, void **ret_message, size_t *ret_size);

/* One operation in words, as messages, explain and audit print it: "mount tmpfs on /tmp". The
 * index counts as in struct plan_answer. Returns @buf. */
const char *plan_op_describe(const struct plan_ops *ops, uint32_t index, char *buf, size_t size);

#endif
