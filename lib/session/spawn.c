// SPDX-License-Identifier: MIT
#include "session/spawn.h"
#include "base/cleanup.h"
#include "base/rights.h"
#include "config.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum {
	CHILD_STACK = 16384,
	CHILD_SOCKET = 3, /* where session-init expects it */
	ABOVE_STANDARD = 10,
	KILL_MS = 1000,
};

/* What the three share: they run one after the other in the same memory. */
struct child {
	const char *path;
	char *const *argv;
	int socket; /* -EBADF: none */
	int namespaces;
	int error; /* a positive errno */
	int pidfd;
	pid_t pid;
	char stack[CHILD_STACK] __attribute__((aligned(16)));
};

/*
 * Becomes session-init, or the keeper. Runs in the caller's memory while the caller is suspended
 * (CLONE_VM | CLONE_VFORK), on a stack of its own: nothing but system calls.
 */
static int child_main(void *argument)
{
	static char *const envp[] = {NULL};
	struct child *child = argument;
	bool kept = child->socket >= 0;

	if ((kept && (dup2(child->socket, CHILD_SOCKET) < 0 ||
			     close_range(CHILD_SOCKET + 1, ~0u, 0) < 0)) ||
		close_range(0, kept ? CHILD_SOCKET - 1 : ~0u, 0) < 0) {
		child->error = errno;
		return 1;
	}
	execve(child->path, child->argv, envp);
	child->error = errno;
	return 1;
}

/*
 * The process between: it shares the caller's descriptors, so that the pidfd appears there, and
 * ends at once. session-init is then the child of the host's PID 1, which reaps it. The caller
 * could not: it must not wait when the session closes, and a long-lived one would collect zombies.
 *
 * clone(2) and not clone3(2): glibc wraps it safely for a shared memory, and it takes all that is
 * needed here.
 */
static int middle_main(void *argument)
{
	struct child *child = argument;

	child->pid = clone(child_main, child->stack + sizeof(child->stack),
		CLONE_VM | CLONE_VFORK | CLONE_PIDFD | child->namespaces, child, &child->pidfd);
	if (child->pid < 0)
		child->error = errno;
	return 0;
}

/* With 0 as the exit signal the caller gets no SIGCHLD, and a program that reaps all its children
 * never meets this one. */
static int clone_child(struct child *child)
{
	char stack[CHILD_STACK] __attribute__((aligned(16)));
	sigset_t all, before;
	pid_t middle;
	int r;

	/* No handler of the caller's may run in a child, which shares its memory. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	middle = clone(
		middle_main, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | CLONE_FILES, child);
	r = middle < 0 ? -errno : 0;
	while (middle >= 0 && waitpid(middle, NULL, __WALL) < 0 && errno == EINTR)
		;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r < 0 ? r : -child->error;
}

/* A pidfd becomes readable when its process has ended, whoever reaps it. Mostly that is at once,
 * unless it hangs in the kernel (a dead file server): not our wait then. */
static void await_end(int pidfd)
{
	struct pollfd gone = {.fd = pidfd, .events = POLLIN};

	while (poll(&gone, 1, KILL_MS) < 0 && errno == EINTR)
		;
}

static int make_sockets(int sockets[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return -errno;
	/* dup2() onto itself would leave it to be closed by execve(2). */
	if (sockets[1] < ABOVE_STANDARD) {
		int high = fcntl(sockets[1], F_DUPFD_CLOEXEC, ABOVE_STANDARD);

		if (high < 0)
			return -errno;
		close(sockets[1]);
		sockets[1] = high;
	}
	return 0;
}

int init_send_lease(int socket, void *message, size_t size)
{
	cleanup_close int lease = pidfd_open(getpid(), 0);

	return lease < 0 ? -errno : rights_send(socket, message, size, lease);
}

static int send_plan(int socket, const struct plan_ops *ops)
{
	cleanup_free void *message = NULL;
	size_t size;
	int r = plan_ops_finish(ops, &message, &size);

	return r < 0 ? r : init_send_lease(socket, message, size);
}

int init_spawn(uint64_t namespaces, const struct plan_ops *ops, struct init_process *ret_init,
	struct carrel_error *err)
{
	static char *const argv[] = {(char *)"session-init", NULL};
	struct child child = {.path = SESSION_INIT,
		.argv = argv,
		.namespaces = (int)namespaces,
		.pidfd = -EBADF,
		.pid = -1};
	int sockets[2] = {-EBADF, -EBADF};
	int r = make_sockets(sockets);

	/* The plan waits for session-init, and not the other way round. */
	if (r == 0 && ops)
		r = send_plan(sockets[0], ops);
	if (r == 0) {
		child.socket = sockets[1];
		r = clone_child(&child);
	}
	fd_closep(&sockets[1]);
	if (r < 0) {
		/* One that could not execute still is in the cgroup that is removed next. */
		if (child.pidfd >= 0)
			await_end(child.pidfd);
		fd_closep(&child.pidfd);
		fd_closep(&sockets[0]);
		return error_set(err, r, "%s", SESSION_INIT);
	}
	*ret_init =
		(struct init_process){.pid = child.pid, .pidfd = child.pidfd, .socket = sockets[0]};
	return 0;
}

int orphan_spawn(char *const argv[], pid_t *ret_pid, int *ret_pidfd)
{
	struct child child = {
		.path = argv[0], .argv = argv, .socket = -EBADF, .pidfd = -EBADF, .pid = -1};
	int r = clone_child(&child);

	if (r < 0) {
		fd_closep(&child.pidfd);
		return r;
	}
	*ret_pid = child.pid;
	*ret_pidfd = child.pidfd;
	return 0;
}

int init_send_plan(const struct init_process *init, const struct plan_ops *ops)
{
	return send_plan(init->socket, ops);
}

/* 0 once an answer is there, -ETIMEDOUT, -ESRCH where session-init died without one. */
static int await_answer(const struct init_process *init, deadline_t deadline)
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
	return error_why(err, "it is of another version than this module, as in the midst of an "
			      "upgrade: log in again, or reinstall carrel");
}

static int answer_error(
	const struct plan_ops *ops, const struct plan_answer *answer, struct carrel_error *err)
{
	char text[512];

	if (answer->error == EPROTO)
		return other_version(err);
	error_set(err, answer->error > 0 ? -answer->error : -EPROTO, "%s",
		plan_op_describe(ops, answer->op, text, sizeof(text)));
	/* A home or a runtime folder: what goes wrong with it may be its owner's doing. */
	if (answer->op < ops->n_setup && ops->op[answer->op].kind == PLAN_OP_GRAB)
		return -EPERM;
	return err ? err->code : -EPROTO;
}

int init_await(const struct init_process *init, const struct plan_ops *ops, deadline_t deadline,
	struct carrel_error *err)
{
	struct plan_answer answer;
	ssize_t n = 0;
	int r = await_answer(init, deadline);

	if (r == 0) {
		n = recv(init->socket, &answer, sizeof(answer), MSG_DONTWAIT);
		if (n <= 0) /* the end of the stream makes it readable as well */
			r = n == 0 ? -ESRCH : -errno;
	}
	if (r == -ESRCH || r == -EPIPE || r == -ECONNRESET) {
		error_set(err, -ESRCH, "%s", SESSION_INIT);
		error_why(err, "it ended without an answer");
		return -ESRCH;
	}
	if (r < 0)
		return error_set(err, r, "answer of %s", SESSION_INIT);
	/* Each answers in its own. */
	if (n != sizeof(answer) || answer.version != PLAN_VERSION)
		return other_version(err);
	return answer.error ? answer_error(ops, &answer, err) : 0;
}

int init_release(const struct init_process *init)
{
	static const char message = PLAN_MESSAGE_RELEASE;

	if (init->socket < 0)
		return -ESRCH;
	if (send(init->socket, &message, 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1)
		return 0;
	if (errno == EPIPE || errno == ECONNRESET)
		return -ESRCH;
	if (init->shared)
		return -errno;
	/* No memory for a message, or a full queue: it ends by this as well. */
	return pidfd_send_signal(init->pidfd, SIGTERM, NULL, 0) < 0 ? -errno : 0;
}

void init_kill(struct init_process *init)
{
	if (init->pidfd < 0)
		return;
	pidfd_send_signal(init->pidfd, SIGKILL, NULL, 0);
	await_end(init->pidfd);
	init_forget(init);
}

void init_forget(struct init_process *init)
{
	fd_closep(&init->pidfd);
	fd_closep(&init->socket);
}
