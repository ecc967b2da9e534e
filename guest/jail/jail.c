// SPDX-License-Identifier: MIT
#include "jail.h"
#include "base/cleanup.h"
#include "base/deadline.h"
#include "base/inheritance.h"
#include "base/program.h"
#include "guest/call_filter.h"
#include "guest/privileges.h"
#include "view/view.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SETUP_MS = 20 * 1000, EXIT_CHILD = 127, STEP_SIZE = 160 };

/* What the child says at its gate. */
struct jail_answer {
	int error; /* 0: it is ready; else -errno */
	char step[STEP_SIZE];
};

/* ---- the child; all of these: 0 or -errno ---- */

static int set_descriptors(const struct jail_program *program)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (dup2(program->standard[fd], fd) < 0)
			return -errno;
	return program_pass_fds(program->fds, program->n_fds);
}

static int set_jail_limits(const struct jail_program *program)
{
	static const struct rlimit no_core = {0, 0};
	const struct rlimit file_size = {program->file_size, program->file_size};
	const struct rlimit memory = {program->memory, program->memory};

	if (setrlimit(RLIMIT_CORE, &no_core) < 0)
		return -errno;
	if (program->memory > 0 && setrlimit(RLIMIT_AS, &memory) < 0)
		return -errno;
	if (program->file_size == UINT64_MAX)
		return 0;
	return setrlimit(RLIMIT_FSIZE, &file_size) < 0 ? -errno : 0;
}

static int enter_jail_root(
	const struct jail_program *program, const char *message, size_t size, char *step)
{
	static struct view_plan plan;
	uint32_t failed = PLAN_OP_NONE;
	int error = view_plan_parse(message, size, &plan);

	if (error)
		return -error;
	error = view_plan_apply(&plan, &failed);
	if (error && failed != PLAN_OP_NONE)
		plan_op_describe(program->root, failed, step, STEP_SIZE);
	view_plan_settle(&plan);
	return -error;
}

static int set_up_jail(
	const struct jail_program *program, const char *message, size_t size, char *step)
{
	const char *dropping = "user";
	sigset_t none;
	int r;

	strcpy(step, "descriptors");
	r = set_descriptors(program);
	if (r == 0) {
		strcpy(step, "what is inherited");
		r = inheritance_reset();
	}
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)umask(0); /* the files of the root get the modes of its plan */
	if (r == 0) {
		strcpy(step, "root");
		r = enter_jail_root(program, message, size, step);
	}
	(void)umask(077);
	if (r == 0) {
		strcpy(step, "limits");
		r = set_jail_limits(program);
	}
	if (r == 0) {
		r = drop_to_user(program->uid, program->group, &dropping);
		snprintf(step, STEP_SIZE, "%s", dropping);
	}
	if (r == 0) {
		strcpy(step, "filter of system calls");
		r = call_filter_keyrings();
	}
	/* This comes after the ids, a change of which clears it (prctl(2)). A parent that has died
	 * meanwhile does not open the gate. */
	if (r == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		r = -errno;
	return r;
}

static void run_jailed(const struct jail_program *program, const char *message, size_t size,
	int gate) __attribute__((noreturn));

static void run_jailed(
	const struct jail_program *program, const char *message, size_t size, int gate)
{
	static char *const environment[] = {NULL};
	struct jail_answer answer = {.error = 0};
	char go;

	answer.error = set_up_jail(program, message, size, answer.step);
	if (send(gate, &answer, sizeof(answer), MSG_NOSIGNAL) != (ssize_t)sizeof(answer) ||
		answer.error < 0 || recv(gate, &go, 1, 0) != 1)
		_exit(EXIT_CHILD);
	execve(program->path, program->argv, environment);
	dprintf(STDERR_FILENO, "%s: %s\n", program->path, strerror(errno));
	_exit(EXIT_CHILD);
}

/* ---- the parent ---- */

/* Forks as fork(2) does, but into new namespaces. */
static pid_t fork_into(unsigned long namespaces)
{
	return (pid_t)syscall(SYS_clone, namespaces | SIGCHLD, NULL, NULL, NULL, 0);
}

static int await_jail(int gate, const char *path, struct carrel_error *err)
{
	struct pollfd ready = {.fd = gate, .events = POLLIN};
	struct jail_answer answer = {.error = 0};
	deadline_t deadline = deadline_in(SETUP_MS * 1000ull);
	int r;

	do
		r = poll(&ready, 1, (int)(deadline_left_usec(deadline) / 1000));
	while (r < 0 && errno == EINTR);
	if (r <= 0)
		return error_set(err, r == 0 ? -ETIMEDOUT : -errno, "jail of %s", path);
	if (recv(gate, &answer, sizeof(answer), MSG_DONTWAIT) != (ssize_t)sizeof(answer))
		return error_set(err, -ECHILD, "jail of %s", path);
	if (answer.error == 0)
		return 0;
	answer.step[STEP_SIZE - 1] = '\0';
	return error_set(err, answer.error, "jail of %s: %s", path, answer.step);
}

static void end_child(struct jail_process *process)
{
	(void)kill(process->pid, SIGKILL); /* not reaped yet: it is that process */
	while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
		;
	jail_process_close(process);
}

int jail_start(const struct jail_program *program, struct jail_process *ret_process,
	struct carrel_error *err)
{
	unsigned long namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |
				   (program->own_network ? CLONE_NEWNET : 0);
	struct jail_process process = JAIL_PROCESS_NONE;
	cleanup_free void *message = NULL;
	cleanup_close int its = -EBADF;
	size_t size;
	int gate[2], r;

	r = plan_ops_finish(program->root, &message, &size);
	if (r == 0 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, gate) < 0)
		r = -errno;
	if (r < 0)
		return error_set(err, r, "jail of %s", program->path);
	process.gate_fd = gate[0];
	its = gate[1];
	process.pid = fork_into(namespaces);
	if (process.pid == 0) {
		/* With it, the child would wait for itself once the parent has ended. */
		close(process.gate_fd);
		run_jailed(program, message, size, its);
	}
	fd_closep(&its);
	if (process.pid < 0) {
		r = error_set(err, -errno, "namespaces of %s", program->path);
		jail_process_close(&process);
		return r;
	}
	process.pidfd = pidfd_open(process.pid, 0);
	r = process.pidfd < 0 ? error_set(err, -errno, "%s", program->path)
			      : await_jail(process.gate_fd, program->path, err);
	if (r < 0) {
		end_child(&process);
		return r;
	}
	*ret_process = process;
	return 0;
}

int jail_open_gate(struct jail_process *process)
{
	bool sent = send(process->gate_fd, "", 1, MSG_NOSIGNAL) == 1;
	int r = sent ? 0 : -errno;

	fd_closep(&process->gate_fd);
	return r;
}

void jail_process_close(struct jail_process *process)
{
	fd_closep(&process->gate_fd);
	fd_closep(&process->pidfd);
}
