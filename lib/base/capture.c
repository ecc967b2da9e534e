// SPDX-License-Identifier: MIT
#include "base/capture.h"
#include "base/cleanup.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

enum { OUTPUT_MAX = 1 << 20 };

static int start_program(const char *path, char *const argv[], int output, pid_t *ret_pid)
{
	static char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL};
	posix_spawn_file_actions_t actions;
	int r = posix_spawn_file_actions_init(&actions);

	if (r != 0)
		return -r;
	r = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
	if (r == 0)
		r = posix_spawn(ret_pid, path, &actions, NULL, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/* Reads until the end of the output, until the deadline, or until there is too much of it. */
static int collect_output(int fd, deadline_t deadline, char *text, size_t *ret_size)
{
	size_t used = 0;

	for (;;) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		ssize_t n;

		n = poll(&ready, 1, deadline_left_ms(deadline));
		if (n == 0)
			return -ETIMEDOUT;
		if (n > 0)
			n = read(fd, text + used, OUTPUT_MAX - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
		if (used == OUTPUT_MAX)
			return -EFBIG;
	}
	*ret_size = used;
	return 0;
}

int capture_output(
	const char *path, char *const argv[], deadline_t deadline, char **ret_text, int *ret_status)
{
	cleanup_close int reader = -EBADF;
	cleanup_close int writer = -EBADF;
	cleanup_free char *text = malloc(OUTPUT_MAX + 1);
	size_t size = 0;
	int pipes[2], status, r;
	pid_t pid;

	if (!text)
		return -ENOMEM;
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	reader = pipes[0];
	writer = pipes[1];
	r = start_program(path, argv, writer, &pid);
	if (r < 0)
		return r;
	fd_closep(&writer);
	r = collect_output(reader, deadline, text, &size);
	/* The rest of the output will not be read, so the program need not go on. */
	if (r < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (r < 0)
		return r;
	text[size] = '\0';
	*ret_text = TAKE_PTR(text);
	*ret_status = status;
	return 0;
}
