// SPDX-License-Identifier: MIT
#include "session/shared.h"
#include "base/cleanup.h"
#include "base/owner.h"
#include "session/cgroup_view.h"
#include "session/connection.h"
#include "session/inventory.h"
#include "session/removal.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* Checks that the other end of @socket is the process that the record names. */
static int check_peer(int socket, const struct session_record *record, struct carrel_error *err)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return error_set(err, -errno, "sandbox %s", record->id);
	if (peer.uid == 0 && peer.pid == record->init.pid)
		return 0;
	error_set(err, -EPERM, "sandbox %s", record->id);
	return error_why(err, "process %d answers for it, not session-init", (int)peer.pid);
}

static int send_join(int socket, const struct plan *plan, const char *name)
{
	struct plan_join join = {.version = PLAN_JOIN_VERSION, .linger_ms = plan->linger_ms};

	snprintf(join.name, sizeof(join.name), "%s", name);
	return init_send_lease(socket, &join, sizeof(join));
}

/* Returns 1 once the lease holds; 0 where the sandbox has ended instead; or -errno. */
static int await_join_answer(
	int socket, const char *id, deadline_t deadline, struct carrel_error *err)
{
	struct pollfd ready = {.fd = socket, .events = POLLIN};
	struct plan_answer answer = {0};
	ssize_t n;
	int r;

	do
		r = poll(&ready, 1, deadline_left_ms(deadline));
	while (r < 0 && errno == EINTR);
	if (r <= 0)
		return error_set(err, r < 0 ? -errno : -ETIMEDOUT, "answer of sandbox %s", id);
	n = recv(socket, &answer, sizeof(answer), MSG_DONTWAIT);
	/* The kernel first tells that our message was not read, and only then what was said
	 * before. */
	if (n < 0 && errno == ECONNRESET)
		n = recv(socket, &answer, sizeof(answer), MSG_DONTWAIT);
	if (n == 0)
		return 0;
	if (n < 0)
		return error_set(err, -errno, "answer of sandbox %s", id);
	if (n == sizeof(answer) && answer.version == PLAN_JOIN_VERSION && answer.error == 0)
		return 1;
	if (n == sizeof(answer) && answer.error == EUSERS) {
		error_set(err, -EUSERS, "sandbox %s", id);
		return error_why(err, "no more than 256 logins can share one sandbox");
	}
	error_set(err, -EPROTONOSUPPORT, "sandbox %s", id);
	return error_why(err,
		"it was made by another version of carrel, and cannot be joined; "
		"\"carrel kill %s\" ends it",
		id);
}

/* Refuses a sandbox of an earlier owner of the uid: one that lingers has the files of the user who
 * made it. Only one that listens is checked, as one that is ending keeps nobody out. */
static int check_sandbox_owner(
	const struct plan *plan, const struct session_record *record, struct carrel_error *err)
{
	char user[sizeof(record->user)];
	int r;

	/* Records have the name in this form. */
	snprintf(user, sizeof(user), "%s", plan->user);
	text_sanitize(user);
	r = owner_is(record->user, user, plan->uid);
	if (r == 1)
		return 0;
	error_set(err, r < 0 ? r : -EPERM, "sandbox %s", record->id);
	return r < 0 ? error_why(err,
			       "it was made for %s, who cannot be looked up just now (%s); try "
			       "again later",
			       record->user, strerror(-r))
		     : error_why(err,
			       "it was made for %s, who had uid %u before; \"carrel kill %s\" ends "
			       "it",
			       record->user, (unsigned)plan->uid, record->id);
}

/* Joins a sandbox. Returns 1 and *ret_init; 0 where the sandbox has ended; or -errno. */
static int join_sandbox(const struct plan *plan, const struct session_record *record,
	const char *name, deadline_t deadline, struct init_process *ret_init,
	struct carrel_error *err)
{
	cleanup_close int pidfd = proc_open(&record->init);
	static const char release = PLAN_MESSAGE_RELEASE;
	cleanup_close int socket = -EBADF;
	char path[128];
	int r;

	if (pidfd < 0)
		return pidfd == -ESRCH ? 0 : error_set(err, pidfd, "sandbox %s", record->id);
	snprintf(path, sizeof(path), STATE_DIR "/users/%u/" JOIN_SOCKET, (unsigned)record->uid,
		record->id);
	r = socket = connect_before(path, deadline);
	if (r == -ENOENT || r == -ECONNREFUSED)
		return 0; /* it stops listening once nothing is left in it */
	if (r < 0)
		return error_set(err, r, "sandbox %s", record->id);
	r = check_peer(socket, record, err);
	if (r == 0)
		r = check_sandbox_owner(plan, record, err);
	if (r == 0) {
		r = send_join(socket, plan, name);
		/* The connection is closed already: the answer says why, if there is one. */
		if (r == -EPIPE || r == -ECONNRESET)
			r = 0;
		if (r < 0)
			error_set(err, r, "sandbox %s", record->id);
	}
	if (r == 0)
		r = await_join_answer(socket, record->id, deadline, err);
	/* The answer may still come, and the lease has to end with it. */
	if (r < 0)
		(void)send(socket, &release, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (r == 1)
		*ret_init = (struct init_process){.pid = record->init.pid,
			.pidfd = fd_take(&pidfd),
			.socket = fd_take(&socket)};
	return r;
}

int shared_join(const struct plan *plan, const char *name, deadline_t deadline,
	struct session_record *ret_record, struct init_process *ret_init, struct carrel_error *err)
{
	struct inventory inventory = {0};
	int r = inventory_load(plan->uid, &inventory, err);

	for (size_t i = 0; r == 0 && i < inventory.count; i++) {
		const struct session_record *record = &inventory.session[i].record;

		if (!inventory.session[i].alive || !record_is_sandbox(record))
			continue;
		r = join_sandbox(plan, record, name, deadline, ret_init, err);
		if (r == 1)
			*ret_record = *record;
	}
	inventory_free(&inventory);
	return r;
}

static void fill_sandbox_record(
	const struct plan *plan, const char *manager, struct session_record *record)
{
	record->uid = plan->uid;
	snprintf(record->user, sizeof(record->user), "%s", plan->user);
	snprintf(record->mode, sizeof(record->mode), "sandbox");
	snprintf(record->share, sizeof(record->share), "user");
	snprintf(record->manager, sizeof(record->manager), "%s", manager);
	snprintf(record->sandbox, sizeof(record->sandbox), "%s", record->id);
	record->view = plan_digest(plan);
}

/* Fills in the sandbox's process and namespaces. A session-init that has been killed, for want of
 * memory perhaps, and is not reaped yet has no namespaces (-ENOENT). A user may bring that about,
 * so it is no broken installation. */
static int identify_sandbox(struct session_record *record, pid_t init, struct carrel_error *err)
{
	int r = proc_identify(init, &record->init);

	if (r == 0)
		r = proc_namespace(init, "pid", &record->pid_namespace);
	if (r == 0)
		r = proc_namespace(init, "mnt", &record->mnt_namespace);
	record->opener = record->init;
	if (r == -ENOENT)
		r = -ESRCH;
	return r < 0 ? error_set(err, r, "session-init of sandbox %s", record->id) : 0;
}

int shared_make(struct plan *plan, struct cgroup_manager *manager, const char *name, int terminals,
	deadline_t deadline, struct session_record *record, struct init_process *ret_init,
	struct carrel_error *err)
{
	struct init_process init = INIT_PROCESS_NONE;
	struct cgroup_request request = {
		.uid = plan->uid, .session_id = record->id, .deadline = deadline, .err = err};
	int r;

	fill_sandbox_record(plan, manager->ops->name, record);
	plan_ops_name(plan->ops, name);
	plan->ops->linger_ms = plan->linger_ms;
	r = init_spawn(plan->namespaces, NULL, -EBADF, deadline, &init, err);
	if (r < 0)
		return r;
	r = identify_sandbox(record, init.pid, err);
	if (r == 0)
		r = manager->ops->adopt(manager, &request, init.pid, init.pidfd, &record->place);
	if (r == 0)
		r = cgroup_view(plan, manager, record, err);
	if (r == 0)
		r = removal_plan(plan, manager, record, err);
	if (r == 0) {
		r = init_send_plan(&init, plan->ops, terminals);
		if (r < 0)
			error_set(err, r, "session-init of sandbox %s", record->id);
	}
	if (r < 0) {
		shared_undo(manager, record, &init);
		return r;
	}
	*ret_init = init;
	return 0;
}

void shared_undo(struct cgroup_manager *manager, const struct session_record *record,
	struct init_process *init)
{
	init_kill(init);
	control_remove(record->id);
	join_remove(record->uid, record->id);
	if (record->place.made)
		(void)cgroup_remove(manager, record->place.session);
}
