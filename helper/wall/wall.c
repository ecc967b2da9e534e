// SPDX-License-Identifier: MIT
/*
 * wall.c - carrel wall: sends a message to the terminals of all sessions, and by wall(1) to the
 * host's.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "broadcast.h"
#include "helper/cli/command.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WALL "/usr/bin/wall"

/* Starts wall(1), which reads its message from @input, and nothing else of ours. */
static int start_wall(int input, pid_t *ret_pid)
{
	static char *const environment[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", NULL};
	static char *const argv[] = {"wall", "-n", NULL};
	posix_spawn_file_actions_t actions;
	int r = posix_spawn_file_actions_init(&actions);

	if (r != 0)
		return -r;
	r = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	if (r == 0)
		r = posix_spawn(ret_pid, WALL, &actions, NULL, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/* Tells the host's terminals, which are also those of users outside of sessions. */
static int tell_host(const char *text, struct carrel_error *err)
{
	cleanup_close int input = memfd_create("message", MFD_CLOEXEC);
	int r = input < 0 ? -errno : fd_write_all(input, text, strlen(text));
	int status;
	pid_t pid;

	if (r == 0 && lseek(input, 0, SEEK_SET) < 0)
		r = -errno;
	if (r == 0)
		r = start_wall(input, &pid);
	if (r < 0)
		return error_set(err, r, "terminals of the host: " WALL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return error_set(err, -errno, WALL);
	if (status == 0)
		return 0;
	error_set(err, -EIO, "terminals of the host");
	return error_why(err, WALL " has failed");
}

/* Returns the operands with a space between two, which the caller frees, or NULL. */
static char *join_words(char *const *word)
{
	size_t size = 1;
	char *text, *to;

	for (char *const *w = word; *w; w++)
		size += strlen(*w) + 1;
	to = text = calloc(size, 1);
	for (; text && *word; word++) {
		to = stpcpy(to, *word);
		if (word[1])
			to = stpcpy(to, " ");
	}
	return text;
}

static int run_wall(const struct command_input *input)
{
	cleanup_free char *words = join_words(input->operand);
	cleanup_free char *clean = words ? broadcast_clean(words) : NULL;
	cleanup_free char *text = clean ? broadcast_compose(clean) : NULL;
	struct carrel_error err = {0};
	size_t count = 0;

	if (!text)
		return command_error(COMMAND_FAILED, "wall: out of memory");
	/* Sessions are told first, as nobody else can tell them. */
	if (broadcast_sessions(text, &count, &err) < 0 || tell_host(text, &err) < 0)
		return command_failed(&err);
	printf("Sent to %zu terminal%s of sessions, and to those of the host.\n", count,
		count == 1 ? "" : "s");
	return COMMAND_DONE;
}

const struct command_verb verb_wall = {
	.name = "wall",
	.operands = "MESSAGE...",
	.summary = "write a message to the terminals of all sessions, and of the host",
	.min_operands = 1,
	.max_operands = COMMAND_OPERANDS_ANY,
	.root = true,
	.root_why = "to write to the terminals of others",
	.words = true,
	.run = run_wall,
};
