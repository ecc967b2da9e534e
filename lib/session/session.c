// SPDX-License-Identifier: MIT
/*
 * session.c - opening and closing a session: the table of steps, and its way back.
 */
#include "session/session.h"
#include "base/cleanup.h"
#include "base/proc.h"
#include "config.h"
#include "session/inventory.h"
#include "session/namespaces.h"
#include "session/record.h"
#include "session/spawn.h"
#include "session/steps.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What outlives session_open(). */
struct session {
	struct session_record record;
	struct init_process init;
	struct saved_namespaces saved;
	enum cgroup_manager_kind manager;
	char skipped[128]; /* optional limits that are not enforced here */
};

/* What the steps work on. */
struct opening {
	struct plan *plan;
	const struct session_origin *origin;
	deadline_t deadline;
	struct cgroup_manager *manager;
	struct session *session;
	int user_fd;
	int lock_fd;
};

/* ---- the steps ---- */

static int lock_user(void *context, struct carrel_error *err)
{
	struct opening *opening = context;
	cleanup_close int state = -EBADF;
	int r = state_open(&state, err);

	if (r == 0)
		r = state_open_user(state, opening->plan->uid, &opening->user_fd, err);
	if (r == 0)
		r = state_lock_user(opening->user_fd, opening->deadline, &opening->lock_fd, err);
	return r;
}

static int admit(void *context, struct carrel_error *err)
{
	struct opening *opening = context;
	const struct plan *plan = opening->plan;
	struct session_record *record = &opening->session->record;
	size_t count, dead;
	int r = inventory_count(plan->uid, &count, &dead, err);

	/* What a crash left is removed by the next login of that user. */
	if (r == 0 && dead > 0)
		r = inventory_sweep_locked(opening->user_fd, plan->uid, err);
	if (r < 0)
		return r;
	if (count >= plan->max_sessions) {
		error_set(err, -EUSERS, "session.max_sessions of user %s", plan->user);
		return error_why(err, "%zu sessions are open, %llu are allowed", count,
			(unsigned long long)plan->max_sessions);
	}
	return record_new_id(opening->user_fd, plan->uid, record->id, sizeof(record->id), err);
}

static int attach_cgroup(void *context, struct carrel_error *err)
{
	struct opening *opening = context;
	struct session_record *record = &opening->session->record;
	int r = cgroup_manager_open(
		opening->session->manager, opening->deadline, &opening->manager, err);

	if (r < 0)
		return r;
	return opening->manager->ops->attach(opening->manager, opening->plan->uid, record->id,
		opening->deadline, &record->place, err);
}

static void detach_cgroup(void *context)
{
	struct opening *opening = context;

	opening->manager->ops->detach(opening->manager, &opening->session->record.place, NULL);
}

/* The user's node is there once somebody stands below it. */
static int apply_limits(void *context, struct carrel_error *err)
{
	struct opening *opening = context;
	const struct plan *plan = opening->plan;
	char *skipped = opening->session->skipped;
	size_t size = sizeof(opening->session->skipped);
	int r = opening->manager->ops->apply(
		opening->manager, plan->uid, &plan->limits, opening->deadline, skipped, size, err);

	if (r == 0 && plan->io_skipped && !strstr(skipped, "io.max"))
		snprintf(skipped + strlen(skipped), size - strlen(skipped), "%sio.max",
			*skipped ? ", " : "");
	return r;
}

enum {
	SLOT_USER = PLAN_SLOTS - 1,
	SLOT_LOCK = PLAN_SLOTS - 2,
	SLOT_CGROUP = PLAN_SLOTS - 3,
	SLOT_PROCS = PLAN_SLOTS - 4,
	SLOT_CONTROL_DIR = PLAN_SLOTS - 5,
	SLOT_CONTROL = PLAN_SLOTS - 6,
	SLOT_V1 = PLAN_SLOTS - 6 - CGROUP_V1_MAX, /* one a hierarchy */
};

_Static_assert(SLOT_V1 >= PLAN_SLOTS - PLAN_SLOTS_FINAL, "too few slots for final operations");

/* What session-init removes from the host when it ends: it outlives an opener that is killed. */
static void add_final_operations(struct opening *opening)
{
	enum { PATIENCE_MS = 2000 };
	const struct cgroup_manager *manager = opening->manager;
	const struct session_record *record = &opening->session->record;
	struct plan_ops *ops = opening->plan->ops;
	char path[PATH_MAX];
	struct plan_op *op;

	snprintf(path, sizeof(path), STATE_DIR "/users/%u", (unsigned)record->uid);
	plan_ops_add(ops, PLAN_OP_KEEP_DIR, path, NULL)->slot = SLOT_USER;
	plan_ops_add(ops, PLAN_OP_KEEP_DIR, CONTROL_DIR, NULL)->slot = SLOT_CONTROL_DIR;
	/* Without a pid namespace session-init could neither tell who asks nor end what runs. */
	if (opening->plan->namespaces & CLONE_NEWPID) {
		snprintf(path, sizeof(path), CONTROL_DIR "/%s", record->id);
		op = plan_ops_add(ops, PLAN_OP_LISTEN, path, NULL);
		op->slot = SLOT_CONTROL;
		op->uid = record->uid;
	}
	if (record->place.made) {
		snprintf(path, sizeof(path), STATE_DIR "/users/%u/lock", (unsigned)record->uid);
		plan_ops_add(ops, PLAN_OP_KEEP_FILE, path, NULL)->slot = SLOT_LOCK;
		plan_ops_add(ops, PLAN_OP_KEEP_DIR, manager->root, NULL)->slot = SLOT_CGROUP;
		for (uint32_t i = 0; i < manager->n_v1; i++)
			plan_ops_add(ops, PLAN_OP_KEEP_DIR, manager->v1[i].root, NULL)->slot =
				SLOT_V1 + i;
		/* Opened before the cgroup namespace is made: with nsdelegate, a move across its
		 * border is judged by the namespace that opened the file. */
		snprintf(path, sizeof(path), "%s/cgroup.procs", manager->root);
		op = plan_ops_add(ops, PLAN_OP_KEEP_FILE, path, NULL);
		op->slot = SLOT_PROCS;
		op->mode = O_WRONLY;
		plan_ops_add_final(ops, PLAN_OP_LEAVE_CGROUP, NULL)->slot = SLOT_PROCS;
		for (uint32_t i = 0; i < manager->n_v1; i++)
			plan_ops_add_final(ops, PLAN_OP_LEAVE_CGROUP, "cgroup.procs")->slot =
				SLOT_V1 + i;
		/* Waited for without the lock, which the user's other logins need. */
		op = plan_ops_add_final(ops, PLAN_OP_REMOVE_CGROUP, record->place.session + 1);
		op->slot = SLOT_CGROUP;
		op->mode = PATIENCE_MS;
		plan_ops_add_final(ops, PLAN_OP_LOCK, NULL)->slot = SLOT_LOCK;
		/* Not empty while the user has other sessions: then it stays, without a wait. */
		plan_ops_add_final(ops, PLAN_OP_REMOVE_CGROUP, record->place.user + 1)->slot =
			SLOT_CGROUP;
		for (uint32_t i = 0; i < manager->n_v1; i++)
			plan_ops_add_final(ops, PLAN_OP_REMOVE_CGROUP, record->place.user + 1)
				->slot = SLOT_V1 + i;
	}
	plan_ops_add_final(ops, PLAN_OP_UNLINK, record->id)->slot = SLOT_CONTROL_DIR;
	plan_ops_add_final(ops, PLAN_OP_UNLINK, record->id)->slot = SLOT_USER;
}

/* The host's folders are taken hold of before the sandbox covers any of them, so the operations
 * that keep them are moved to the front. */
static int order_operations(struct opening *opening, struct carrel_error *err)
{
	struct plan_ops *ops = opening->plan->ops;
	uint32_t before = ops->n_setup;
	struct plan_op kept[PLAN_SLOTS_FINAL];
	uint32_t n;

	add_final_operations(opening);
	n = ops->n_setup - before;
	if (ops->error || n > sizeof(kept) / sizeof(kept[0]))
		return error_set(err, -E2BIG, "plan of user %s", opening->plan->user);
	memcpy(kept, &ops->op[before], n * sizeof(kept[0]));
	memmove(&ops->op[n], &ops->op[0], before * sizeof(kept[0]));
	memcpy(&ops->op[0], kept, n * sizeof(kept[0]));
	return 0;
}

static int start_init(void *context, struct carrel_error *err)
{
	struct opening *opening = context;
	struct plan *plan = opening->plan;
	int r;

	if (!plan_has_sandbox(plan))
		return 0;
	r = order_operations(opening, err);
	return r < 0 ? r : init_spawn(plan->namespaces, plan->ops, &opening->session->init, err);
}

static void stop_init(void *context)
{
	struct opening *opening = context;

	init_kill(&opening->session->init);
	control_remove(opening->session->record.id);
}

static int await_sandbox(void *context, struct carrel_error *err)
{
	struct opening *opening = context;

	if (!plan_has_sandbox(opening->plan))
		return 0;
	return init_await(&opening->session->init, opening->plan->ops, opening->deadline, err);
}

static void copy_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
}

static int fill_record(struct opening *opening)
{
	struct session *session = opening->session;
	struct session_record *record = &session->record;
	int r = proc_identify(getpid(), &record->opener);

	if (r == 0 && session->init.pid > 0)
		r = proc_identify(session->init.pid, &record->init);
	if (r == 0 && session->init.pid > 0)
		r = proc_namespace(session->init.pid, "pid", &record->pid_namespace);
	if (r == 0 && session->init.pid > 0)
		r = proc_namespace(session->init.pid, "mnt", &record->mnt_namespace);
	copy_text(record->manager, sizeof(record->manager), opening->manager->ops->name);
	record->since = (uint64_t)time(NULL);
	return r;
}

static int write_record(void *context, struct carrel_error *err)
{
	struct opening *opening = context;
	int r = fill_record(opening);

	/* session-init has died already: the step that waits for it tells why. */
	if (r == -ESRCH || r == -ENOENT)
		return 0;
	if (r < 0)
		return error_set(err, r, "session-init of user %s", opening->plan->user);
	return record_write(opening->user_fd, &opening->session->record, err);
}

static void remove_record(void *context)
{
	struct opening *opening = context;

	record_remove(opening->user_fd, opening->session->record.id);
}

static uint64_t namespaces_of(const struct plan *plan)
{
	uint64_t flags = plan->namespaces;

	for (uint32_t i = 0; i < plan->ops->n_setup; i++)
		if (plan->ops->op[i].kind == PLAN_OP_CGROUP_NAMESPACE)
			flags |= CLONE_NEWCGROUP;
	return flags;
}

static int save_namespaces(void *context, struct carrel_error *err)
{
	struct opening *opening = context;

	if (!plan_has_sandbox(opening->plan))
		return 0;
	return namespaces_save(namespaces_of(opening->plan), &opening->session->saved, err);
}

static int enter(void *context, struct carrel_error *err)
{
	struct opening *opening = context;
	const struct plan *plan = opening->plan;
	struct session *session = opening->session;

	if (!plan_has_sandbox(plan))
		return 0;
	return namespaces_enter(session->init.pidfd, namespaces_of(plan), plan->uid, plan->gid,
		&session->saved, err);
}

/*
 * session-init carries out the plan on another processor while the steps up to "sandbox", which
 * waits for it, are taken. The caller's own namespaces change last: nothing can fail after that.
 */
static const struct step open_steps[] = {
	{"lock", lock_user, NULL},
	{"admission", admit, NULL},
	{"cgroup", attach_cgroup, detach_cgroup},
	{"limits", apply_limits, NULL},
	{"session-init", start_init, stop_init},
	{"record", write_record, remove_record},
	{"own namespaces", save_namespaces, NULL},
	{"sandbox", await_sandbox, NULL},
	{"namespaces", enter, NULL},
};

/* ---- open and close ---- */

static void fill_origin(struct opening *opening)
{
	static const char *const modes[] = {
		[POLICY_MODE_SANDBOX] = "sandbox",
		[POLICY_MODE_HOST] = "host",
		[POLICY_MODE_AUDIT] = "audit",
		[POLICY_MODE_EXEMPT] = "exempt",
		[POLICY_MODE_DENY] = "deny",
	};
	struct session_record *record = &opening->session->record;

	record->uid = opening->plan->uid;
	copy_text(record->user, sizeof(record->user), opening->plan->user);
	copy_text(record->service, sizeof(record->service), opening->origin->service);
	copy_text(record->tty, sizeof(record->tty), opening->origin->tty);
	copy_text(record->rhost, sizeof(record->rhost), opening->origin->rhost);
	copy_text(record->mode, sizeof(record->mode), modes[opening->plan->mode]);
	copy_text(record->share, sizeof(record->share), "session");
}

int session_open(struct plan *plan, const struct session_origin *origin,
	enum cgroup_manager_kind manager, deadline_t deadline, struct session **ret_session,
	struct carrel_error *err)
{
	struct session *session = calloc(1, sizeof(*session));
	struct opening opening = {
		.plan = plan,
		.origin = origin,
		.deadline = deadline,
		.session = session,
		.user_fd = -EBADF,
		.lock_fd = -EBADF,
	};
	int r;

	if (!session)
		return error_set(err, -ENOMEM, "session of user %s", plan->user);
	session->init = (struct init_process)INIT_PROCESS_NONE;
	session->saved = (struct saved_namespaces)SAVED_NAMESPACES_NONE;
	session->manager = manager;
	fill_origin(&opening);
	r = steps_run(open_steps, sizeof(open_steps) / sizeof(open_steps[0]), &opening, err);
	cgroup_manager_free(opening.manager);
	fd_closep(&opening.lock_fd);
	fd_closep(&opening.user_fd);
	if (r < 0) {
		session_forget(session);
		return r;
	}
	*ret_session = session;
	return 0;
}

/* Back to the cgroup that the caller came from, where carrel moved it. */
static int leave_cgroup(struct session *session, struct carrel_error *err)
{
	struct cgroup_manager *manager = NULL;
	int r;

	if (!session->record.place.moved)
		return 0;
	r = cgroup_manager_open(session->manager, DEADLINE_NEVER, &manager, err);
	if (r == 0)
		r = manager->ops->detach(manager, &session->record.place, err);
	cgroup_manager_free(manager);
	return r;
}

/* Without a session-init to do it: mode = host, or one that was killed. */
static void tidy(const struct session *session)
{
	cleanup_close int state = -EBADF;
	cleanup_close int user = -EBADF;

	if (state_open(&state, NULL) == 0 &&
		state_open_user(state, session->record.uid, &user, NULL) == 0)
		record_remove(user, session->record.id);
}

int session_close(struct session *session, struct carrel_error *err)
{
	int restored = namespaces_restore(&session->saved, err);
	int left = leave_cgroup(session, restored < 0 ? NULL : err);

	if (init_release(&session->init) < 0)
		tidy(session);
	session_forget(session);
	return restored < 0 ? restored : left;
}

void session_forget(struct session *session)
{
	if (!session)
		return;
	namespaces_forget(&session->saved);
	init_forget(&session->init);
	free(session);
}

const char *session_id(const struct session *session)
{
	return session->record.id;
}

const char *session_skipped(const struct session *session)
{
	return session->skipped;
}

/*
 * In a carrel PID 1 is session-init, and a user cannot put another in its place: a pid namespace of
 * the user's own below it still is the user's carrel.
 */
static int born_inside(bool *ret_inside, struct carrel_error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlink("/proc/1/exe", target, sizeof(target) - 1);

	/* A PID 1 with more rights than ours is not session-init, which has next to none. */
	if (n < 0 && (errno == EACCES || errno == EPERM)) {
		*ret_inside = false;
		return 0;
	}
	if (n < 0)
		return error_set(err, -errno, "/proc/1/exe");
	target[n] = '\0';
	/* After an upgrade the kernel adds " (deleted)". */
	if (strncmp(target, SESSION_INIT, strlen(SESSION_INIT)) != 0) {
		*ret_inside = false;
		return 0;
	}
	/* That /proc shows who was born inside, and not who only opened a session there. */
	if (access("/proc/self", F_OK) < 0) {
		error_set(err, -EBUSY, "session");
		return error_why(err, "this process has another one open");
	}
	*ret_inside = true;
	return 0;
}

/* The caller's namespace of the kind @name, 0 where it is PID 1's. */
static uint64_t namespace_of_its_own(const char *name)
{
	uint64_t own, first;

	if (proc_namespace(getpid(), name, &own) < 0 || proc_namespace(1, name, &first) < 0)
		return 0;
	return own == first ? 0 : own;
}

/* With pid = host PID 1 is the host's: then the caller shares the view of some session-init. On a
 * host whose sshd has namespaces by its unit, no session-init is in them. */
static int in_view_of_session(bool *ret_inside, struct carrel_error *err)
{
	static const char *const kinds[] = {"mnt", "cgroup"};
	struct inventory inventory = {0};

	*ret_inside = false;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]) && !*ret_inside; k++) {
		uint64_t own = namespace_of_its_own(kinds[k]), its;
		int r = own && !inventory.count ? inventory_load((uid_t)-1, &inventory, err) : 0;

		if (r < 0)
			return r;
		for (size_t i = 0; own && i < inventory.count; i++)
			if (inventory.session[i].alive &&
				inventory.session[i].record.init.pid > 0 &&
				proc_namespace(inventory.session[i].record.init.pid, kinds[k],
					&its) == 0 &&
				its == own)
				*ret_inside = true;
	}
	inventory_free(&inventory);
	return 0;
}

/*
 * With mode = host the quotas alone tell: the caller stands in the
 * cgroup of a user whom carrel confines. Not where that is the one who logs in: pam_systemd has put
 * every caller there just before.
 */
static int in_quotas_of_another(uid_t uid, bool *ret_inside, struct carrel_error *err)
{
	size_t alive = 0, dead;
	char path[64];
	uid_t other;
	int r = cgroup_user_of(0, &other);

	*ret_inside = false;
	if (r == -ENOENT || (r == 0 && other == uid))
		return 0;
	if (r < 0)
		return error_set(err, r, "the caller's cgroup");
	snprintf(path, sizeof(path), STATE_DIR "/users/%u.limits", (unsigned)other);
	if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		*ret_inside = true;
		return 0;
	}
	r = inventory_count(other, &alive, &dead, err);
	*ret_inside = alive > 0;
	return r;
}

int session_inside(uid_t uid, bool *ret_inside, struct carrel_error *err)
{
	bool inside = false;
	int r = born_inside(&inside, err);

	if (r == 0 && !inside)
		r = in_view_of_session(&inside, err);
	if (r == 0 && !inside)
		r = in_quotas_of_another(uid, &inside, err);
	if (r == 0)
		*ret_inside = inside;
	return r;
}
