// SPDX-License-Identifier: MIT
#include "qemu.h"
#include "../capture.h"
#include "base/cleanup.h"
#include "drop.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { VERSION_USEC = 20 * 1000 * 1000, VERSION_GOOD = 10, EXIT_CHILD = 127 };

static int make_pair(int *ret_mine, int *ret_its)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	*ret_mine = pair[0];
	*ret_its = pair[1];
	return fcntl(pair[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

static int keep_open(int fd)
{
	return fcntl(fd, F_SETFD, 0) < 0 ? -errno : 0;
}

static int set_standard(int output)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
		dup2(output, STDERR_FILENO) < 0)
		return -errno;
	return 0;
}

static int reset_signals(void)
{
	sigset_t none;

	for (int signal_number = 1; signal_number < NSIG; signal_number++)
		(void)signal(signal_number, SIG_DFL);
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? -errno : 0;
}

struct child {
	const struct guest_argv *argv;
	const struct policy_login *login;
	gid_t group;
	int lock_fd, output;
	pid_t parent;
};

/* In the child; returns only if something went wrong. */
static int become(const struct child *child, const char **ret_step)
{
	static const struct rlimit no_core = {0, 0};
	static char *const environment[] = {NULL};
	int r;

	*ret_step = "descriptors";
	r = set_standard(child->output);
	/* All that carrel opens is O_CLOEXEC; what somebody else left open is not for QEMU. */
	if (r == 0 && close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		r = -errno;
	for (size_t i = 0; i < child->argv->n_fds && r == 0; i++)
		r = keep_open(child->argv->fd[i]);
	if (r == 0)
		r = keep_open(child->lock_fd);
	if (r == 0)
		r = reset_signals();
	if (r == 0 && (chdir("/") < 0 || setrlimit(RLIMIT_CORE, &no_core) < 0))
		r = -errno;
	(void)umask(077);
	(void)setsid();
	if (r == 0)
		r = drop_to_user(child->login->uid, child->login->gid, child->group, child->parent,
			ret_step);
	if (r == 0) {
		*ret_step = QEMU_SYSTEM;
		execve(QEMU_SYSTEM, child->argv->word, environment);
		r = -errno;
	}
	return r;
}

static int spawn(const struct child *child, pid_t *ret_pid, int *ret_pidfd)
{
	pid_t pid = fork();

	if (pid == 0) {
		const char *step = "";
		int r = become(child, &step);

		dprintf(child->output, "%s: %s\n", step, strerror(-r));
		_exit(EXIT_CHILD);
	}
	if (pid < 0)
		return -errno;
	*ret_pid = pid;
	*ret_pidfd = pidfd_open(pid, 0); /* not reaped yet: it is that process */
	return *ret_pidfd < 0 ? -errno : 0;
}

int qemu_start(struct guest_machine *machine, gid_t group, int lock_fd, struct qemu *ret_qemu,
	struct carrel_error *err)
{
	cleanup_close int qmp = -EBADF;
	cleanup_close int console = -EBADF;
	cleanup_close int output = -EBADF;
	cleanup(guest_argv_free) struct guest_argv argv = {0};
	struct child child = {.argv = &argv,
		.login = &machine->settings->account.login,
		.group = group,
		.lock_fd = lock_fd,
		.parent = getpid()};
	int pipes[2];
	int r;

	if (access(QEMU_SYSTEM, X_OK) < 0) {
		r = error_set(err, -errno, "%s", QEMU_SYSTEM);
		return r == -ENOENT ? error_why(err, "it is not there; install qemu-system-x86")
				    : r;
	}
	r = make_pair(&ret_qemu->qmp_fd, &qmp);
	if (r == 0)
		r = make_pair(&ret_qemu->console_fd, &console);
	if (r == 0 && pipe2(pipes, O_CLOEXEC) < 0)
		r = -errno;
	if (r < 0)
		return error_set(err, r, "%s", QEMU_SYSTEM);
	ret_qemu->stderr_fd = pipes[0];
	output = pipes[1];
	(void)fcntl(pipes[0], F_SETFL, O_NONBLOCK);
	machine->qmp_fd = qmp;
	machine->console_fd = console;
	r = guest_argv_build(machine, &argv, err);
	if (r < 0)
		return r;
	child.output = output;
	r = spawn(&child, &ret_qemu->pid, &ret_qemu->pidfd);
	return r < 0 ? error_set(err, r, "%s", QEMU_SYSTEM) : 0;
}

bool qemu_listen(struct qemu *qemu)
{
	char text[256];
	ssize_t n = read(qemu->stderr_fd, text, sizeof(text));
	size_t have = strlen(qemu->said), size = n > 0 ? (size_t)n : 0;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	/* The end says why it ended. */
	if (have + size >= sizeof(qemu->said)) {
		size_t lost = have + size - sizeof(qemu->said) + 1;

		memmove(qemu->said, qemu->said + lost, have - lost + 1);
		have -= lost;
	}
	memcpy(qemu->said + have, text, size);
	qemu->said[have + size] = '\0';
	return n > 0;
}

/* "qemu-system-x86_64: -blockdev {...}: Could not …": what follows is the reason. */
static const char *reason_of(const char *line)
{
	static const char name[] = "qemu-system-x86_64: ";
	const char *end;

	if (strncmp(line, name, sizeof(name) - 1) == 0)
		line += sizeof(name) - 1;
	if (line[0] != '-')
		return line;
	end = strstr(line, "}: ");
	if (end)
		return end + strlen("}: ");
	end = strstr(line, ": ");
	return end ? end + strlen(": ") : line;
}

const char *qemu_last_words(struct qemu *qemu)
{
	size_t length = strlen(qemu->said);
	char *line;

	while (length > 0 && qemu->said[length - 1] == '\n')
		qemu->said[--length] = '\0';
	line = strrchr(qemu->said, '\n');
	text_sanitize(line ? line + 1 : qemu->said);
	return reason_of(line ? line + 1 : qemu->said);
}

bool qemu_is_old(void)
{
	char *const argv[] = {(char *)"qemu-system-x86_64", (char *)"--version", NULL};
	cleanup_free char *text = NULL;
	const char *number;
	int status;

	if (capture(QEMU_SYSTEM, argv, deadline_in(VERSION_USEC), &text, &status) < 0)
		return true;
	number = strpbrk(text, "0123456789");
	return !number || strtol(number, NULL, 10) < VERSION_GOOD;
}

void qemu_close(struct qemu *qemu)
{
	fd_closep(&qemu->pidfd);
	fd_closep(&qemu->qmp_fd);
	fd_closep(&qemu->console_fd);
	fd_closep(&qemu->stderr_fd);
}
