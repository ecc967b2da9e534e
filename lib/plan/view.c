// SPDX-License-Identifier: MIT
/*
 * view.c - builds what a session sees of the machine, from [namespaces] and [mounts].
 *
 * What must stay in reach below a cover is taken hold of before the cover goes on; /proc and the
 * cgroup view come last. No operation depends on the contents of a folder that a user can write to:
 * such folders are only ever covered whole, at a mountpoint that is root's.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/list.h"
#include "plan/builders.h"
#include "policy/keys.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

enum { SLOT_WORK = 0, SLOT_FIRST = 1 };

static bool is_private(const struct policy *policy, enum policy_key key)
{
	return policy->setting[key].value.choice == POLICY_PRIVATE;
}

static int build_tmp(const struct policy *policy, struct plan_ops *ops, struct carrel_error *err)
{
	uint64_t size = policy->setting[POLICY_MOUNTS_TMP_SIZE].value.number;
	cleanup_free char *tmp = NULL;
	cleanup_free char *var_tmp = NULL;
	int r;

	if (!is_private(policy, POLICY_MOUNTS_TMP))
		return 0;
	r = plan_cover(ops, "/tmp", size, 01777, &tmp, err);
	if (r == 0)
		r = plan_mountpoint("/var/tmp", &var_tmp, err);
	/* If one of the two is a link to the other, one cover hides both. */
	if (r < 0 || !var_tmp || (tmp && strcmp(tmp, var_tmp) == 0))
		return r;
	return plan_cover(ops, "/var/tmp", size, 01777, NULL, err);
}

/* Covers POSIX shared memory and message queues, which go with the IPC namespace. The kernel itself
 * separates System V's. */
static int build_ipc(const struct policy *policy, struct plan_ops *ops, struct carrel_error *err)
{
	cleanup_free char *queues = NULL;
	struct plan_op *op;
	int r;

	if (!is_private(policy, POLICY_NAMESPACES_IPC))
		return 0;
	r = plan_cover(ops, "/dev/shm", policy->setting[POLICY_MOUNTS_SHM_SIZE].value.number, 01777,
		NULL, err);
	if (r == 0)
		r = plan_mountpoint("/dev/mqueue", &queues, err);
	if (r < 0 || !queues)
		return r;
	op = plan_ops_add(ops, PLAN_OP_NEW_FS, "mqueue", NULL);
	op->slot = SLOT_WORK;
	op->attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	plan_add_attach(ops, SLOT_WORK, queues);
	return 0;
}

/*
 * Covers /run/user as a whole: a cover inside /run/user/UID could be taken away by the user from
 * another mount namespace, by removing the mountpoint. What the user's own systemd manager listens
 * on is therefore out of reach, unless the policy shows it.
 */
static int build_run_user(const struct policy *policy, const struct policy_login *login,
	struct plan_ops *ops, uint32_t *slot, struct carrel_error *err)
{
	bool show = policy->setting[POLICY_MOUNTS_USER_MANAGER].value.choice ==
		    POLICY_USER_MANAGER_SHOW;
	uint64_t size = policy->setting[POLICY_MOUNTS_TMP_SIZE].value.number;
	cleanup_free char *base = NULL;
	cleanup_free char *host = NULL;
	char path[64], name[32];
	struct plan_op *op;
	int r;

	r = plan_mountpoint("/run/user", &base, err);
	if (r < 0 || !base)
		return r;
	snprintf(name, sizeof(name), "%u", (unsigned)login->uid);
	snprintf(path, sizeof(path), "%s/%u", base, (unsigned)login->uid);
	if (show) {
		r = plan_mountpoint(path, &host, err);
		if (r < 0)
			return r;
	}
	if (host) {
		plan_ops_add(ops, PLAN_OP_GRAB, host, NULL)->slot = *slot;
		size = 0;
	}
	plan_add_tmpfs(ops, SLOT_WORK, size, 0755);
	op = plan_ops_add(ops, PLAN_OP_MKDIR, name, NULL);
	op->slot = SLOT_WORK;
	op->perm = 0700;
	op->uid = login->uid;
	op->gid = login->gid;
	plan_add_attach(ops, SLOT_WORK, base);
	if (host)
		plan_add_attach(ops, (*slot)++, path);
	return 0;
}

static void build_proc(struct plan_ops *ops)
{
	struct plan_op *op = plan_ops_add(ops, PLAN_OP_NEW_FS, "proc", NULL);

	op->slot = SLOT_WORK;
	op->attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	plan_add_attach(ops, SLOT_WORK, "/proc");
}

static int build_cgroup_view(struct plan_ops *ops, struct carrel_error *err)
{
	cleanup_free char *target = NULL;
	int r = plan_mountpoint("/sys/fs/cgroup", &target, err);

	if (r < 0 || !target)
		return r;
	plan_ops_add(ops, PLAN_OP_CGROUP_VIEW, target, NULL)->attrs =
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	return 0;
}

static int build_mounts(const struct policy *policy, const struct policy_login *login,
	const struct host_config *config, struct plan *plan, struct carrel_error *err)
{
	struct plan_ops *ops = plan->ops;
	cleanup(plan_binds_free) struct plan_binds binds = {0};
	uint32_t slot = SLOT_FIRST;
	int r;

	r = plan_build_bind_sources(policy, login, plan, &slot, &binds, err);
	if (r == 0)
		r = plan_build_homes(policy, login, config, ops, &slot, err);
	if (r == 0)
		r = plan_build_own_home(policy, login, config, ops, err);
	if (r == 0)
		r = plan_build_devices(policy, login, plan, err);
	if (r == 0)
		r = build_run_user(policy, login, ops, &slot, err);
	if (r == 0)
		r = build_tmp(policy, ops, err);
	if (r == 0)
		r = plan_build_covers(policy, ops, err);
	if (r == 0)
		r = build_ipc(policy, ops, err);
	if (r == 0)
		plan_build_masks(ops);
	if (r == 0)
		r = plan_build_terminals(policy, login, ops, err);
	if (r == 0)
		plan_build_bind_targets(&binds, login, ops);
	if (r == 0 && is_private(policy, POLICY_NAMESPACES_PID))
		build_proc(ops);
	if (r == 0 && is_private(policy, POLICY_NAMESPACES_CGROUP))
		r = build_cgroup_view(ops, err);
	if (r == 0)
		r = plan_build_readonly(policy, login, plan, err);
	if (r == 0)
		r = plan_build_hidden(policy, login, plan, err);
	return r;
}

static bool shapes_view(const struct key *key)
{
	return strcmp(key->section, "namespaces") == 0 || strcmp(key->section, "mounts") == 0;
}

/* Refuses settings for some services or hosts only, because what logins share must not depend on
 * how the first of them came. */
static int check_partial(const struct policy *policy, struct carrel_error *err)
{
	for (enum policy_key key = 0; key < POLICY_KEY_COUNT; key++) {
		const struct policy_setting *setting = &policy->setting[key];

		if (!setting->partial || !shapes_view(&policy_keys[key]))
			continue;
		/* The user chooses the service and the host, so this is no case for on_error =
		 * allow. */
		error_set(err, -EPERM, "session.share = user");
		return error_why(err,
			"%s:%u sets %s.%s for some services or hosts only, and all logins of the "
			"user share one view",
			setting->origin.file, setting->origin.line, policy_keys[key].section,
			policy_keys[key].name);
	}
	return 0;
}

static int check_shared(
	const struct policy *policy, const struct plan *plan, struct carrel_error *err)
{
	enum { NEEDED = CLONE_NEWPID | CLONE_NEWNS };
	int r;

	if (plan->share != POLICY_SHARE_USER)
		return 0;
	r = check_partial(policy, err);
	if (r < 0)
		return r;
	if ((plan->namespaces & NEEDED) != NEEDED) {
		error_set(err, -EINVAL, "session.share = user");
		return error_why(err, "needs namespaces.mount = private and namespaces.pid = "
				      "private: what is shared ends with its pid namespace");
	}
	return 0;
}

/* Adds the time namespace. From within, processes that are outside seem to have begun at other
 * times, by which they are named: so none may be in sight. */
static int build_clocks(const struct policy *policy, struct plan *plan, struct carrel_error *err)
{
	const struct policy_setting *setting = &policy->setting[POLICY_NAMESPACES_TIME];

	if (!is_private(policy, POLICY_NAMESPACES_TIME))
		return 0;
	if (!(plan->namespaces & CLONE_NEWPID)) {
		error_set(err, -EINVAL, "namespaces.time = private");
		return error_why(err, "needs namespaces.pid = private");
	}
	if (fd_look(AT_FDCWD, "/proc/self/ns/time_for_children") == 0) {
		plan_ops_add(plan->ops, PLAN_OP_TIME_NAMESPACE, NULL, NULL);
		return 0;
	}
	if (setting->optional)
		return list_append(&plan->skipped, (char *[]){"namespaces.time", NULL});
	error_set(err, -EINVAL, "namespaces.time = private");
	error_installation(err);
	return error_why(err, "this kernel has no time namespaces");
}

int plan_build_view(const struct policy *policy, const struct policy_login *login,
	const struct host_config *config, struct plan *plan, struct carrel_error *err)
{
	static const struct {
		enum policy_key key;
		uint64_t flag;
	} rows[] = {
		{POLICY_NAMESPACES_MOUNT, CLONE_NEWNS},
		{POLICY_NAMESPACES_PID, CLONE_NEWPID},
		{POLICY_NAMESPACES_IPC, CLONE_NEWIPC},
		{POLICY_NAMESPACES_UTS, CLONE_NEWUTS},
	};

	int r;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (is_private(policy, rows[i].key))
			plan->namespaces |= rows[i].flag;
	if ((plan->namespaces & CLONE_NEWPID) && !(plan->namespaces & CLONE_NEWNS)) {
		error_set(err, -EINVAL, "namespaces.pid = private");
		return error_why(err, "needs namespaces.mount = private, or /proc would show the "
				      "host's processes");
	}
	r = check_shared(policy, plan, err);
	if (r == 0)
		r = build_clocks(policy, plan, err);
	if (r < 0)
		return r;
	if (plan->namespaces & CLONE_NEWNS)
		plan_ops_add(plan->ops, PLAN_OP_SLAVE, NULL, NULL);
	if (is_private(policy, POLICY_NAMESPACES_CGROUP))
		plan_ops_add(plan->ops, PLAN_OP_CGROUP_NAMESPACE, NULL, NULL);
	if (plan->namespaces & CLONE_NEWNS)
		r = build_mounts(policy, login, config, plan, err);
	return r < 0 ? r : plan_build_network(policy, plan, err);
}
