// SPDX-License-Identifier: MIT
#include "base/program.h"
#include "base/cleanup.h"
#include "base/inheritance.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CAPTURE_MAX = 1 << 20, LOOK_MS = 200, EXIT_UNSTARTED = 127 };

/* ---- the child; all of these: 0 or -errno ---- */

/* Ours may be closed, and so @input and @output have their numbers. */
static int set_standard_streams(int input, int output)
{
	int high_input = fcntl(input, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int high_output = fcntl(output, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	if (high_input < 0 || high_output < 0 || dup2(high_input, STDIN_FILENO) < 0 ||
		dup2(high_output, STDOUT_FILENO) < 0 || dup2(high_output, STDERR_FILENO) < 0)
		return -errno;
	return 0;
}

int program_pass_fds(const int *fds, size_t count)
{
	if (close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		return -errno;
	for (size_t i = 0; i < count; i++)
		if (fcntl(fds[i], F_SETFD, 0) < 0)
			return -errno;
	return 0;
}

static int set_default_signals(void)
{
	sigset_t none;

	inheritance_reset_signals();
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? -errno : 0;
}

static int execute_program(const struct program *program, int input, int output)
{
	static char *const environment[] = {
		(char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", (char *)"LC_ALL=C", NULL};
	int r = prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ? -errno : 0;

	/* A terminal's interrupt is for the caller, who ends the program and tidies up. */
	(void)setsid();
	if (r == 0)
		r = set_default_signals();
	if (r == 0)
		r = set_standard_streams(input, output);
	if (r == 0)
		r = program_pass_fds(program->fds, program->n_fds);
	if (r == 0 && program->set_up)
		program->set_up();
	if (r < 0 || chdir("/") < 0)
		return r < 0 ? r : -errno;
	execve(program->path, (char *const *)program->argv,
		program->environment ? program->environment : environment);
	return -errno;
}

/* ---- the parent ---- */

/* Waits until the child @pid has executed its program, which closes the other end of @report, or
 * has said why not. */
static int await_start(pid_t pid, int report)
{
	int error = 0;
	ssize_t n;

	while ((n = read(report, &error, sizeof(error))) < 0 && errno == EINTR)
		;
	if (n == 0)
		return 0;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return n == sizeof(error) && error < 0 ? error : -EPROTO;
}

static int start_child(const struct program *program, int output, pid_t *ret_pid)
{
	cleanup_close int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	cleanup_close int report = -EBADF;
	cleanup_close int its_report = -EBADF;
	int pipes[2];
	pid_t pid;

	if (null < 0 || pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	report = pipes[0];
	its_report = pipes[1];
	pid = (pid_t)syscall(SYS_clone, program->namespaces | SIGCHLD, NULL, NULL, NULL, 0);
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		int r = execute_program(
			program, program->input > 0 ? program->input : null, output);

		(void)!write(its_report, &r, sizeof(r));
		_exit(EXIT_UNSTARTED);
	}
	fd_closep(&its_report);
	*ret_pid = pid;
	return await_start(pid, report);
}

static int keep_last_bytes(struct program_output *output, const char *bytes, size_t size)
{
	size_t over = output->size + size > output->room ? output->size + size - output->room : 0;

	if (over > 0 && output->whole)
		return -EFBIG;
	if (size > output->room) {
		bytes += size - output->room;
		size = output->room;
	}
	if (over > output->size)
		over = output->size;
	memmove(output->text, output->text + over, output->size - over);
	output->size -= over;
	memcpy(output->text + output->size, bytes, size);
	output->size += size;
	output->text[output->size] = '\0';
	return 0;
}

/* Reads what is there. Sets *@reader to -1 at the end. */
static int hear_program(int *reader, struct program_output *output)
{
	char bytes[4096];
	ssize_t n = read(*reader, bytes, sizeof(bytes));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	if (n == 0)
		*reader = -1;
	return keep_last_bytes(output, bytes, (size_t)n);
}

/* Returns how long to wait until there is reason to look, in milliseconds as poll(2) takes them. */
static int pause_until_look(const struct program_watch *watch)
{
	int left = deadline_left_ms(watch->deadline);

	return watch->look && (left < 0 || left > LOOK_MS) ? LOOK_MS : left;
}

static int listen_to_program(
	pid_t pid, int reader, const struct program_watch *watch, struct program_output *output)
{
	cleanup_close int pidfd = pidfd_open(pid, 0);
	struct pollfd ready[] = {{.fd = reader, .events = POLLIN}, {.fd = pidfd, .events = POLLIN},
		{.fd = watch->wake_fd > 0 ? watch->wake_fd : -1, .events = POLLIN}};
	int r = pidfd < 0 ? -errno : 0;

	while (r == 0 && (ready[0].fd >= 0 || ready[1].fd >= 0)) {
		int n = poll(ready, 3, pause_until_look(watch));

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && ready[0].revents)
			r = hear_program(&ready[0].fd, output);
		if (n > 0 && ready[1].revents)
			ready[1].fd = -1;
		if (r == 0 && watch->look)
			r = watch->look(watch->data);
		if (r == 0 && deadline_left_usec(watch->deadline) == 0)
			r = -ETIMEDOUT;
	}
	return r;
}

int program_follow(pid_t pid, int reader, const struct program_watch *watch,
	struct program_output *output, int *ret_status)
{
	int r;

	output->size = 0;
	output->text[0] = '\0';
	r = listen_to_program(pid, reader, watch, output);
	if (r < 0)
		(void)kill(pid, SIGKILL); /* not reaped yet: it is that process */
	while (waitpid(pid, ret_status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return r;
}

int program_run(const struct program *program, const struct program_watch *watch,
	struct program_output *output, int *ret_status)
{
	cleanup_close int reader = -EBADF;
	cleanup_close int writer = -EBADF;
	int pipes[2], r;
	pid_t pid = -1;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	reader = pipes[0];
	writer = pipes[1];
	r = start_child(program, writer, &pid);
	fd_closep(&writer);
	return r < 0 ? r : program_follow(pid, reader, watch, output, ret_status);
}

int program_capture(
	const struct program *program, deadline_t deadline, char **ret_text, int *ret_status)
{
	const struct program_watch watch = {.deadline = deadline};
	cleanup_free char *text = malloc(CAPTURE_MAX + 1);
	struct program_output output = {.text = text, .room = CAPTURE_MAX, .whole = true};
	int status = 0, r;

	if (!text)
		return -ENOMEM;
	r = program_run(program, &watch, &output, &status);
	if (r < 0)
		return r;
	*ret_text = TAKE_PTR(text);
	*ret_status = status;
	return 0;
}
