// SPDX-License-Identifier: MIT
/*
 * wall.c - carrel wall: sends a message to the terminals of all sessions, and by wall(1) to the
 * host's.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/program.h"
#include "broadcast.h"
#include "helper/cli/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WALL "/usr/bin/wall"

enum { SAID_MAX = 256 };

/* Tells the host's terminals, which are also those of users outside of sessions. */
static int tell_host(const char *text, struct carrel_error *err)
{
	static const char *const argv[] = {"wall", "-n", NULL};
	static char *const environment[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", NULL};
	cleanup_close int input = memfd_create("message", MFD_CLOEXEC);
	const struct program wall = {
		.path = WALL, .argv = argv, .environment = environment, .input = input};
	const struct program_watch watch = {.deadline = DEADLINE_NEVER};
	char said[SAID_MAX + 1];
	struct program_output output = {.text = said, .room = SAID_MAX};
	int r = input < 0 ? -errno : fd_write_all(input, text, strlen(text));
	int status;

	if (r == 0 && lseek(input, 0, SEEK_SET) < 0)
		r = -errno;
	if (r == 0)
		r = program_run(&wall, &watch, &output, &status);
	if (r < 0)
		return error_set(err, r, "terminals of the host: " WALL);
	if (status == 0)
		return 0;
	error_set(err, -EIO, "terminals of the host");
	return error_why(err, WALL " has failed: %.*s", (int)strcspn(said, "\n"), said);
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
