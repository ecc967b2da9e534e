// SPDX-License-Identifier: MIT
#include "session/removal.h"
#include "config.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>

enum {
	SLOT_USER = PLAN_SLOTS - 1,
	SLOT_LOCK = PLAN_SLOTS - 2,
	SLOT_CGROUP = PLAN_SLOTS - 3,
	SLOT_PROCS = PLAN_SLOTS - 4,
	SLOT_CONTROL_DIR = PLAN_SLOTS - 5,
	SLOT_CONTROL = PLAN_SLOTS - 6,
	SLOT_JOIN = PLAN_SLOTS - 7,
	SLOT_V1 = PLAN_SLOTS - 7 - CGROUP_V1_MAX, /* one for each hierarchy */
};

_Static_assert(SLOT_V1 >= PLAN_SLOTS - PLAN_SLOTS_FINAL, "too few slots for final operations");

static struct plan_op *add_keep(
	struct plan_ops *ops, enum plan_op_kind kind, const char *path, uint32_t slot)
{
	struct plan_op *op = plan_ops_add_keep(ops, kind, path);

	op->slot = slot;
	return op;
}

static struct plan_op *add_final(
	struct plan_ops *ops, enum plan_op_kind kind, const char *path, uint32_t slot)
{
	struct plan_op *op = plan_ops_add_final(ops, kind, path);

	op->slot = slot;
	return op;
}

static void listen_for_the_user(struct plan_ops *ops, const struct session_record *record)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), CONTROL_DIR "/%s", record->id);
	add_keep(ops, PLAN_OP_LISTEN, path, SLOT_CONTROL)->uid = record->uid;
}

static void keep_cgroups(struct plan_ops *ops, const struct cgroup_manager *manager, uid_t uid)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), STATE_DIR "/users/%u/lock", (unsigned)uid);
	add_keep(ops, PLAN_OP_KEEP_FILE, path, SLOT_LOCK);
	add_keep(ops, PLAN_OP_KEEP_DIR, manager->root, SLOT_CGROUP);
	for (uint32_t i = 0; i < manager->n_v1; i++)
		add_keep(ops, PLAN_OP_KEEP_DIR, manager->v1[i].root, SLOT_V1 + i);
	/* The file is opened before the cgroup namespace is made: with nsdelegate, a move across
	 * the namespace's border is judged by the namespace that opened the file. */
	snprintf(path, sizeof(path), "%s/cgroup.procs", manager->root);
	add_keep(ops, PLAN_OP_KEEP_FILE, path, SLOT_PROCS)->open_flags = O_WRONLY;
}

/* Has session-init remove the user's node and the rescue node, as cgroup_remove() does: while the
 * user has other sessions both stay, without a wait. What the logins of a shared sandbox have left
 * in their own nodes has been killed with the sandbox. */
static void remove_nodes(
	struct plan_ops *ops, const struct cgroup_place *place, uint32_t slot, bool shared)
{
	add_final(ops, shared ? PLAN_OP_REMOVE_CGROUPS : PLAN_OP_REMOVE_CGROUP, place->user + 1,
		slot);
	add_final(ops, PLAN_OP_REMOVE_CGROUP, place->rescue + 1, slot)->flags = PLAN_OP_THEN;
}

static void remove_cgroups(struct plan_ops *ops, const struct cgroup_manager *manager,
	const struct cgroup_place *place, bool shared)
{
	enum { PATIENCE_MS = 2000 };

	add_final(ops, PLAN_OP_LEAVE_CGROUP, NULL, SLOT_PROCS);
	for (uint32_t i = 0; i < manager->n_v1; i++)
		add_final(ops, PLAN_OP_LEAVE_CGROUP, "cgroup.procs", SLOT_V1 + i);
	/* session-init waits for this without the lock, which the user's other logins need. */
	add_final(ops, PLAN_OP_REMOVE_CGROUP, place->session + 1, SLOT_CGROUP)->patience_ms =
		PATIENCE_MS;
	add_final(ops, PLAN_OP_LOCK, NULL, SLOT_LOCK);
	remove_nodes(ops, place, SLOT_CGROUP, shared);
	for (uint32_t i = 0; i < manager->n_v1; i++)
		remove_nodes(ops, place, SLOT_V1 + i, false);
}

/* Has session-init remove what a login of a shared sandbox has of its own, when the login ends. */
static void let_logins_end(struct plan_ops *ops, const struct session_record *record)
{
	char name[64];

	snprintf(name, sizeof(name), JOIN_SOCKET, record->id);
	add_final(ops, PLAN_OP_UNLINK, name, SLOT_USER);
	plan_ops_add_lost(ops, PLAN_OP_LOST_UNLINK, NULL)->slot = SLOT_USER;
	if (record->place.made)
		plan_ops_add_lost(ops, PLAN_OP_LOST_CGROUP, record->place.user + 1)->slot =
			SLOT_CGROUP;
}

static void let_logins_join(struct plan_ops *ops, const struct session_record *record)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), STATE_DIR "/users/%u/" JOIN_SOCKET, (unsigned)record->uid,
		record->id);
	add_keep(ops, PLAN_OP_LISTEN_JOIN, path, SLOT_JOIN);
}

int removal_plan(struct plan *plan, const struct cgroup_manager *manager,
	const struct session_record *record, struct carrel_error *err)
{
	bool shared = record_is_sandbox(record);
	struct plan_ops *ops = plan->ops;
	char path[64];

	snprintf(path, sizeof(path), STATE_DIR "/users/%u", (unsigned)record->uid);
	add_keep(ops, PLAN_OP_KEEP_DIR, path, SLOT_USER);
	add_keep(ops, PLAN_OP_KEEP_DIR, CONTROL_DIR, SLOT_CONTROL_DIR);
	/* Without a pid namespace session-init could neither tell who asks nor end what runs. */
	if (plan->namespaces & CLONE_NEWPID)
		listen_for_the_user(ops, record);
	if (shared)
		let_logins_join(ops, record);
	if (record->place.made) {
		keep_cgroups(ops, manager, record->uid);
		remove_cgroups(ops, manager, &record->place, shared);
	}
	if (shared)
		let_logins_end(ops, record);
	add_final(ops, PLAN_OP_UNLINK, record->id, SLOT_CONTROL_DIR);
	add_final(ops, PLAN_OP_UNLINK, record->id, SLOT_USER);
	return ops->error ? error_set(err, ops->error, "plan of user %s", plan->user) : 0;
}
