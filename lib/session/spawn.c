// SPDX-License-Identifier: MIT
#include "session/spawn.h"
#include "base/cleanup.h"
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
};

struct child {
	int socket;
	int error; /* written by the child: they share memory until it has executed */
};

/*
 * Runs in the caller's memory while the caller is suspended (CLONE_VM | CLONE_VFORK), on a stack of
 * its own: nothing but system calls.
 */
static int child_main(void *argument)
{
	static char *const argv[] = {(char *)"session-init", NULL};
	static char *const envp[] = {NULL};
	struct child *child = argument;

	if (dup2(child->socket, CHILD_SOCKET) < 0 || close_range(0, CHILD_SOCKET - 1, 0) < 0 ||
		close_range(CHILD_SOCKET + 1, ~0u, 0) < 0) {
		child->error = errno;
		return 1;
	}
	execve(SESSION_INIT, argv, envp);
	child->error = errno;
	return 1;
}

/*
 * clone(2) and not clone3(2): glibc wraps it safely for a shared memory, and it takes all that is
 * needed here. With 0 as the exit signal the caller gets no SIGCHLD, so a program that reaps all its
 * children never meets this one.
 */
static pid_t clone_child(uint64_t namespaces, struct child *child, int *ret_pidfd)
{
	char stack[CHILD_STACK] __attribute__((aligned(16)));
	int flags = (int)(CLONE_VM | CLONE_VFORK | CLONE_PIDFD | namespaces);

	return clone(child_main, stack + sizeof(stack), flags, child, ret_pidfd);
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

int init_spawn(uint64_t namespaces, struct init_process *ret_init, struct carrel_error *err)
{
	int sockets[2] = {-EBADF, -EBADF};
	struct child child = {0};
	sigset_t all, before;
	int pidfd = -EBADF;
	pid_t pid = -1;
	int r = make_sockets(sockets);

	if (r == 0) {
		child.socket = sockets[1];
		/* No handler of the caller's may run in the child, which shares its memory. */
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &before);
		pid = clone_child(namespaces, &child, &pidfd);
		r = pid < 0 ? -errno : 0;
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	fd_closep(&sockets[1]);
	if (r == 0 && child.error) {
		r = -child.error;
		waitpid(pid, NULL, __WALL);
	}
	if (r < 0) {
		fd_closep(&pidfd);
		fd_closep(&sockets[0]);
		return error_set(err, r, "%s", SESSION_INIT);
	}
	*ret_init = (struct init_process){.pid = pid, .pidfd = pidfd, .socket = sockets[0]};
	return 0;
}

/* One message with one descriptor. */
static int send_plan(int socket, void *message, size_t size, int lease)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec part = {.iov_base = message, .iov_len = size};
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *item = CMSG_FIRSTHDR(&header);

	item->cmsg_level = SOL_SOCKET;
	item->cmsg_type = SCM_RIGHTS;
	item->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(item), &lease, sizeof(int));
	return sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
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

static int answer_error(
	const struct plan_ops *ops, const struct plan_answer *answer, struct carrel_error *err)
{
	char text[512];

	if (answer->error == EPROTO) {
		error_set(err, -EPROTO, "%s", SESSION_INIT);
		return error_why(err, "it is of another version than this module: reinstall carrel");
	}
	return error_set(err, answer->error > 0 ? -answer->error : -EPROTO, "%s",
		plan_op_describe(ops, answer->op, text, sizeof(text)));
}

int init_apply(const struct init_process *init, const struct plan_ops *ops, deadline_t deadline,
	struct carrel_error *err)
{
	cleanup_close int lease = pidfd_open(getpid(), 0);
	cleanup_free void *message = NULL;
	struct plan_answer answer;
	size_t size;
	int r;

	if (lease < 0)
		return error_set(err, -errno, "pidfd of the caller");
	r = plan_ops_finish(ops, &message, &size);
	if (r == 0)
		r = send_plan(init->socket, message, size, lease);
	if (r == 0)
		r = await_answer(init, deadline);
	if (r == -ESRCH || r == -EPIPE || r == -ECONNRESET) {
		error_set(err, r, "%s", SESSION_INIT);
		return error_why(err, "it ended without an answer");
	}
	if (r < 0)
		return error_set(err, r, "answer of %s", SESSION_INIT);
	if (recv(init->socket, &answer, sizeof(answer), MSG_DONTWAIT) != sizeof(answer) ||
		answer.version != PLAN_VERSION)
		return error_set(err, -EPROTO, "answer of %s", SESSION_INIT);
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

void init_kill(struct init_process *init)
{
	if (init->pidfd < 0)
		return;
	pidfd_send_signal(init->pidfd, SIGKILL, NULL, 0);
	while (waitpid(init->pid, NULL, __WALL) < 0 && errno == EINTR)
		;
	fd_closep(&init->pidfd);
	fd_closep(&init->socket);
}

void init_forget(struct init_process *init)
{
	if (init->pidfd >= 0)
		waitpid(init->pid, NULL, WNOHANG | __WALL);
	fd_closep(&init->pidfd);
	fd_closep(&init->socket);
}
