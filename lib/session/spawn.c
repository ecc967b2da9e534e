// SPDX-License-Identifier: MIT
#include "session/spawn.h"
#include "base/cleanup.h"
#include "base/rights.h"
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/socket.h>

_Static_assert(
	1 + PLAN_PARTS_MAX + 1 <= RIGHTS_MAX, "lease, parts and terminals go in one message");

static int make_sockets(int *ret_mine, int *ret_its)
{
	int sockets[2];
	int high;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return -errno;
	*ret_mine = sockets[0];
	*ret_its = sockets[1];
	/* dup2(2) of a descriptor onto itself would leave it to be closed by execve(2). */
	if (*ret_its > ORPHAN_SOCKET)
		return 0;
	high = fcntl(*ret_its, F_DUPFD_CLOEXEC, ORPHAN_SOCKET + 1);
	if (high < 0)
		return -errno;
	close(*ret_its);
	*ret_its = high;
	return 0;
}

int init_send_lease(int socket, void *message, size_t size)
{
	cleanup_close int lease = pidfd_open(getpid(), 0);

	return lease < 0 ? -errno : rights_send(socket, message, size, lease);
}

int init_send_plan(int socket, const struct plan_ops *ops, const struct parts *parts, int terminals)
{
	cleanup_free void *message = NULL;
	cleanup_close int lease = pidfd_open(getpid(), 0);
	int rights[RIGHTS_MAX];
	size_t size, n = 0;
	int r = lease < 0 ? -errno : plan_ops_finish(ops, &message, &size);

	if (r < 0)
		return r;
	rights[n++] = lease;
	for (size_t i = 0; i < parts->count; i++)
		rights[n++] = parts->fd[i];
	if (terminals >= 0)
		rights[n++] = terminals;
	return rights_send_all(socket, message, size, rights, n);
}

int init_begin(uint64_t namespaces, deadline_t deadline, struct init_birth *ret_birth,
	struct carrel_error *err)
{
	struct orphan_program program = {
		.path = SESSION_INIT, .name = "session-init", .namespaces = namespaces};
	cleanup_close int mine = -EBADF;
	cleanup_close int its = -EBADF;
	struct init_birth birth;
	int r = make_sockets(&mine, &its);

	if (r < 0)
		return error_set(err, r, "%s", SESSION_INIT);
	program.socket = its;
	r = orphan_begin(&program, deadline, &birth.program, err);
	if (r < 0)
		return r;
	birth.mine = fd_take(&mine);
	birth.its = fd_take(&its);
	*ret_birth = birth;
	return 0;
}

int init_finish(struct init_birth *birth, struct init_process *ret_init, struct carrel_error *err)
{
	cleanup_close int mine = fd_take(&birth->mine);
	struct orphan orphan;
	int r = orphan_finish(&birth->program, &orphan, err);

	fd_closep(&birth->its);
	if (r < 0)
		return r;
	*ret_init = (struct init_process){
		.pid = orphan.pid, .pidfd = orphan.pidfd, .socket = fd_take(&mine)};
	return 0;
}

/* Waits for an answer. Returns 0 once one is there; -ETIMEDOUT; or -ESRCH where session-init has
 * died without one. */
static int await_init_answer(const struct init_process *init, deadline_t deadline)
{
	struct pollfd ready[] = {
		{.fd = init->socket, .events = POLLIN},
		{.fd = init->pidfd, .events = POLLIN},
	};

	for (;;) {
		int n = poll(ready, 2, deadline_left_ms(deadline));

		if (n == 0)
			return -ETIMEDOUT;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && (ready[0].revents & POLLIN))
			return 0;
		if (n > 0)
			return -ESRCH;
		if (deadline_left_usec(deadline) == 0)
			return -ETIMEDOUT;
	}
}

static int other_version(struct carrel_error *err)
{
	error_set(err, -EPROTO, "%s", SESSION_INIT);
	error_installation(err);
	return error_why(err,
		"its version is not that of this module, as during an upgrade: log in "
		"again, or reinstall carrel");
}

/* Tells whether an operation failed because the kernel lacks what it needs, whoever logs in. None
 * of these operations touches anything of a user's. */
static bool is_beyond_kernel(uint32_t kind, int error)
{
	switch (kind) {
	case PLAN_OP_SLAVE:
	case PLAN_OP_CGROUP_NAMESPACE:
	case PLAN_OP_TIME_NAMESPACE:
	case PLAN_OP_NEW_FS:
	case PLAN_OP_LOOPBACK:
	case PLAN_OP_CATCH:
		return error == ENOSYS || error == ENODEV || error == EINVAL;
	}
	return false;
}

static int answer_error(
	const struct plan_ops *ops, const struct plan_answer *answer, struct carrel_error *err)
{
	const struct plan_op *op = plan_ops_at(ops, answer->op);
	char text[512];

	/* The errno of an operation that failed may be one that a file system of the user's has
	 * chosen (fuse(4)). */
	if (answer->error == EPROTO && answer->op == PLAN_OP_NONE)
		return other_version(err);
	error_set(err, answer->error > 0 ? -answer->error : -EPROTO, "%s",
		plan_op_describe(ops, answer->op, text, sizeof(text)));
	if (op && (op->flags & PLAN_OP_GUARDED) && answer->error == EPERM)
		error_why(err, op->uid ? "another user could have put there what is there"
				       : "others than root can change a folder above it");
	if (op && op->kind == PLAN_OP_OVERLAY && answer->error == EOPNOTSUPP)
		error_why(err,
			"an overlay cannot be made over a file system of a server's, or over "
			"FUSE; home = tmpfs does without it");
	if (op && is_beyond_kernel(op->kind, answer->error))
		error_installation(err);
	if (op && op->kind == PLAN_OP_NETWORK && answer->error == ECHILD)
		error_why(err,
			"pasta could not: does the host have a route to anywhere, and may "
			"users open /dev/net/tun? \"pasta --config-net true\" as a user tells");
	return answer->error > 0 ? -answer->error : -EPROTO;
}

/* Receives the next answer. A connection that has ended is readable as well. Returns 0 or
 * -errno. */
static int receive_answer(
	const struct init_process *init, deadline_t deadline, struct plan_answer *ret_answer)
{
	int r = await_init_answer(init, deadline);
	ssize_t n;

	if (r < 0)
		return r;
	n = recv(init->socket, ret_answer, sizeof(*ret_answer), MSG_DONTWAIT);
	if (n <= 0)
		return n == 0 ? -ESRCH : -errno;
	/* A session-init of another version answers in that version. */
	return n == sizeof(*ret_answer) && ret_answer->version == PLAN_VERSION ? 0 : -EPROTO;
}

int init_await(const struct init_process *init, const struct plan_ops *ops, deadline_t deadline,
	struct carrel_error *err)
{
	struct plan_answer answer = {.error = PLAN_BEGUN, .op = PLAN_OP_NONE};
	char begun[512];
	int r = 0;

	while (r == 0 && answer.error == PLAN_BEGUN)
		r = receive_answer(init, deadline, &answer);
	if (r == -ESRCH || r == -EPIPE || r == -ECONNRESET) {
		error_set(err, -ESRCH, "%s", SESSION_INIT);
		error_why(err, "it ended without an answer");
		return -ESRCH;
	}
	if (r == -EPROTO)
		return other_version(err);
	if (r < 0) {
		error_set(err, r, "answer of %s", SESSION_INIT);
		if (answer.op == PLAN_OP_NONE)
			return r;
		plan_op_describe(ops, answer.op, begun, sizeof(begun));
		error_why(err, "%s; the last thing that it began to do: %s", strerrordesc_np(-r),
			begun);
		return r;
	}
	return answer.error ? answer_error(ops, &answer, err) : 0;
}

int init_release(const struct init_process *init)
{
	static const char message = PLAN_MESSAGE_RELEASE;

	if (init->socket < 0)
		return -ESRCH;
	if (send(init->socket, &message, 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1)
		return 0;
	return errno == EPIPE || errno == ECONNRESET ? -ESRCH : -errno;
}

int init_end(const struct init_process *init)
{
	int r = init_release(init);

	if (r == 0 || r == -ESRCH)
		return r;
	/* There was no memory for a message, or its queue is full. */
	return pidfd_send_signal(init->pidfd, SIGTERM, NULL, 0) < 0 ? -errno : 0;
}

void init_kill(struct init_process *init)
{
	if (init->pidfd < 0)
		return;
	pidfd_send_signal(init->pidfd, SIGKILL, NULL, 0);
	orphan_await_end(init->pidfd);
	init_forget(init);
}

void init_forget(struct init_process *init)
{
	fd_closep(&init->pidfd);
	fd_closep(&init->socket);
}
