// SPDX-License-Identifier: MIT
#include "qemu.h"
#include "base/cleanup.h"
#include "base/program.h"
#include "guest/programs.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { VERSION_USEC = 20 * 1000 * 1000 };

static int make_pair(int *ret_mine, int *ret_its)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	*ret_mine = pair[0];
	*ret_its = pair[1];
	return fcntl(pair[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

/* Returns the size of the largest file of QEMU: the disk, and what qcow2 needs to find things in
 * it. Its tables take less than a thousandth. */
static uint64_t largest_file(const struct guest_machine *machine)
{
	enum { MORE = 64, AT_LEAST = 64 << 20 };
	uint64_t disk = machine->disk->origin.disk;

	return disk + disk / MORE + AT_LEAST;
}

/* Returns whether QEMU has to be in the network of guest-launch (way.c). vsock has nothing to do
 * with network namespaces; a port of 127.0.0.1 has. */
static bool needs_network(const struct guest_machine *machine)
{
	return machine->vsock_fd < 0 ||
	       machine->settings->template.network == TEMPLATE_NETWORK_USER;
}

static int start_in_jail(const struct guest_machine *machine, const struct guest_argv *argv,
	gid_t group, int output, struct jail_process *ret_process, struct carrel_error *err)
{
	const struct policy_login *login = &machine->settings->account.login;
	cleanup_close int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	cleanup_free struct plan_ops *root = NULL;
	struct jail_program program = {
		.path = QEMU_SYSTEM,
		.argv = argv->words.word,
		.own_network = !needs_network(machine),
		.uid = login->uid,
		.group = group,
		.standard = {null, output, output},
		.fds = argv->fd,
		.n_fds = argv->n_fds,
		.file_size = largest_file(machine),
	};
	int r = null < 0 ? error_set(err, -errno, "/dev/null")
			 : jail_root_for_qemu(machine, &root, err);

	if (r < 0)
		return r;
	program.root = root;
	return jail_start(&program, ret_process, err);
}

int qemu_start(
	struct guest_machine *machine, gid_t group, struct qemu *ret_qemu, struct carrel_error *err)
{
	cleanup_close int qmp = -EBADF;
	cleanup_close int console = -EBADF;
	cleanup_close int output = -EBADF;
	cleanup(guest_argv_free) struct guest_argv argv = {0};
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
	return start_in_jail(machine, &argv, group, output, &ret_qemu->process, err);
}

int qemu_go(struct qemu *qemu, struct carrel_error *err)
{
	int r = jail_open_gate(&qemu->process);

	return r < 0 ? error_set(err, r, "%s", QEMU_SYSTEM) : 0;
}

bool qemu_listen(struct qemu *qemu)
{
	char text[256];
	ssize_t n = read(qemu->stderr_fd, text, sizeof(text));
	size_t have = strlen(qemu->said), size = n > 0 ? (size_t)n : 0;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	/* The end is kept: it says why QEMU ended. */
	if (have + size >= sizeof(qemu->said)) {
		size_t lost = have + size - sizeof(qemu->said) + 1;

		memmove(qemu->said, qemu->said + lost, have - lost + 1);
		have -= lost;
	}
	memcpy(qemu->said + have, text, size);
	qemu->said[have + size] = '\0';
	return n > 0;
}

/* Returns the reason in a line such as "qemu-system-x86_64: -blockdev {...}: Could not …". */
static const char *reason_in_line(const char *line)
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
	return reason_in_line(line ? line + 1 : qemu->said);
}

unsigned qemu_version(void)
{
	static const char *const argv[] = {"qemu-system-x86_64", "--version", NULL};
	static const struct program program = {.path = QEMU_SYSTEM, .argv = argv};
	cleanup_free char *text = NULL;
	const char *number;
	int status;

	if (program_capture(&program, deadline_in(VERSION_USEC), &text, &status) < 0)
		return 0;
	number = strpbrk(text, "0123456789");
	return number ? (unsigned)strtoul(number, NULL, 10) : 0;
}

void qemu_end(struct qemu *qemu)
{
	/* Where it has been reaped, there is nobody to be signalled. */
	if (pidfd_send_signal(qemu->process.pidfd, SIGKILL, NULL, 0) == 0)
		while (waitpid(qemu->process.pid, NULL, 0) < 0 && errno == EINTR)
			;
	jail_process_close(&qemu->process);
	fd_closep(&qemu->qmp_fd);
	fd_closep(&qemu->console_fd);
	fd_closep(&qemu->stderr_fd);
	*qemu = QEMU_NONE;
}
