// SPDX-License-Identifier: MIT
/*
 * shutdown_warning.c - carrel shutdown-warning: passes on what shutdown(8) announces.
 *
 * systemd-logind writes its own warnings to the host's terminals alone. carrel-shutdown.path starts
 * this command where a shutdown is scheduled. It ends when that is cancelled and no sooner: while
 * the file is there, systemd would start it anew. It polls nothing, as the folder tells what
 * changes.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "broadcast.h"
#include "helper/cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>

#define FOLDER    "/run/systemd/shutdown"
#define SCHEDULED FOLDER "/scheduled"

enum { FILE_SIZE_MAX = 65536, USEC_PER_SEC = 1000000, MSEC_PER_SEC = 1000, WAIT_MAX_SEC = 86400 };

/* Seconds before the shutdown at which it is announced once more, as logind does. */
static const int64_t reminders[] = {3600, 1800, 900, 300, 60};

/* What the file says. It has logind's own format, NAME=VALUE lines, and nobody else may write
 * it. */
struct shutdown {
	uint64_t at; /* CLOCK_REALTIME, microseconds; 0: none is scheduled */
	bool quiet;
	char mode[32];
	char message[512];
};

/* Returns the byte that an escape stands for. @text is what follows the backslash, and *ret_length
 * is its length. */
static char escaped_byte(const char *text, size_t *ret_length)
{
	unsigned value;
	int length = 0;

	*ret_length = 1;
	if (*text == 'n')
		return '\n';
	if (*text == 't')
		return '\t';
	if (strchr("\\\"'", *text))
		return *text;
	if (sscanf(text, "x%2x%n", &value, &length) == 1 ||
		sscanf(text, "%3o%n", &value, &length) == 1)
		*ret_length = (size_t)length;
	else
		value = '?';
	return value ? (char)value : '?';
}

/* Undoes the escapes of the message. logind escapes as C does, in hexadecimal or octal numbers too.
 * The result is cleaned later (broadcast_clean()). */
static void unescape_message(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		size_t length;

		if (*from == '\\' && from[1]) {
			*to++ = escaped_byte(from + 1, &length);
			from += length;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

static void read_assignment(struct shutdown *shutdown, const char *name, const char *value)
{
	if (strcmp(name, "USEC") == 0)
		shutdown->at = strtoull(value, NULL, 10);
	else if (strcmp(name, "WARN_WALL") == 0)
		shutdown->quiet = strcmp(value, "0") == 0;
	else if (strcmp(name, "MODE") == 0)
		snprintf(shutdown->mode, sizeof(shutdown->mode), "%s", value);
	else if (strcmp(name, "WALL_MESSAGE") == 0)
		snprintf(shutdown->message, sizeof(shutdown->message), "%s", value);
}

/* Reads which shutdown is scheduled. A file that is not there, or is just being replaced by none,
 * is no shutdown. */
static int read_scheduled(struct shutdown *ret_shutdown)
{
	struct shutdown shutdown = {0};
	cleanup_free char *text = NULL;
	int r = fd_read_file(AT_FDCWD, SCHEDULED, FILE_SIZE_MAX, &text);
	char *rest = text, *line;

	if (r < 0 && r != -ENOENT)
		return r;
	while (r == 0 && (line = strsep(&rest, "\n"))) {
		char *value = line;
		const char *name = strsep(&value, "=");

		if (value)
			read_assignment(&shutdown, name, value);
	}
	unescape_message(shutdown.message);
	*ret_shutdown = shutdown;
	return 0;
}

static bool same_shutdown(const struct shutdown *a, const struct shutdown *b)
{
	return a->at == b->at && a->quiet == b->quiet && strcmp(a->mode, b->mode) == 0 &&
	       strcmp(a->message, b->message) == 0;
}

static const char *what_comes(const char *mode)
{
	static const char *const words[][2] = {
		{"poweroff", "power off"},
		{"reboot", "reboot"},
		{"kexec", "reboot"},
		{"soft-reboot", "reboot"},
		{"halt", "halt"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(mode, words[i][0]) == 0)
			return words[i][1];
	return "shut down";
}

static int tell_sessions(const char *line)
{
	cleanup_free char *clean = broadcast_clean(line);
	cleanup_free char *text = clean ? broadcast_compose(clean) : NULL;
	struct carrel_error err = {0};
	size_t count;

	if (!text)
		return command_error(COMMAND_FAILED, "shutdown-warning: out of memory");
	return broadcast_sessions(text, &count, &err) < 0 ? command_failed(&err) : COMMAND_DONE;
}

static int announce_shutdown(const struct shutdown *shutdown)
{
	time_t at = (time_t)(shutdown->at / USEC_PER_SEC);
	char date[64] = "", line[1024];
	struct tm local;

	if (shutdown->quiet)
		return COMMAND_DONE;
	if (localtime_r(&at, &local))
		strftime(date, sizeof(date), "%a %Y-%m-%d %H:%M:%S %Z", &local);
	snprintf(line, sizeof(line), "%s%sThe system will %s at %s!", shutdown->message,
		shutdown->message[0] ? "\n" : "", what_comes(shutdown->mode), date);
	return tell_sessions(line);
}

static int64_t seconds_left(const struct shutdown *shutdown)
{
	return (int64_t)(shutdown->at / USEC_PER_SEC) - (int64_t)time(NULL);
}

/* Returns the seconds until the next announcement, or -1 where there is none. The clock may be set
 * meanwhile, so they are never many. */
static int64_t seconds_to_reminder(const struct shutdown *shutdown)
{
	int64_t left = seconds_left(shutdown);

	if (!shutdown->at)
		return -1;
	for (size_t i = 0; i < sizeof(reminders) / sizeof(reminders[0]); i++)
		if (left > reminders[i])
			return left - reminders[i] < WAIT_MAX_SEC ? left - reminders[i]
								  : WAIT_MAX_SEC;
	return -1;
}

/* Waits for a change of the folder, @seconds at the most (-1: for ever). Returns true if it
 * changed. */
static bool wait_for_change(int watch, int64_t seconds)
{
	struct pollfd ready = {.fd = watch, .events = POLLIN};
	char events[4096] __attribute__((aligned(8)));

	if (poll(&ready, 1, seconds < 0 ? -1 : (int)seconds * MSEC_PER_SEC) <= 0)
		return false;
	while (read(watch, events, sizeof(events)) > 0)
		;
	return true;
}

static int follow_shutdown(int watch)
{
	struct shutdown now = {0}, before = {0};
	int code = COMMAND_DONE, r;

	for (;;) {
		int64_t wait = seconds_to_reminder(&before);
		bool due = !before.at ||
			   (!wait_for_change(watch, wait) && wait >= 0 && wait < WAIT_MAX_SEC);

		r = read_scheduled(&now);
		if (r < 0)
			return command_error(COMMAND_FAILED, SCHEDULED ": %s", strerror(-r));
		if (!now.at)
			break;
		if (due || !same_shutdown(&now, &before))
			code = announce_shutdown(&now);
		before = now;
	}
	if (before.at && !before.quiet && seconds_left(&before) > 0)
		code = tell_sessions("The system shutdown has been cancelled");
	return code;
}

static int run_shutdown_warning(const struct command_input *input)
{
	cleanup_close int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	(void)input;
	if (watch < 0 || inotify_add_watch(watch, FOLDER,
				 IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM |
					 IN_DELETE_SELF) < 0)
		return errno == ENOENT
			       ? COMMAND_DONE
			       : command_error(COMMAND_FAILED, FOLDER ": %s", strerror(errno));
	return follow_shutdown(watch);
}

const struct command_verb verb_shutdown_warning = {
	.name = "shutdown-warning",
	.operands = "",
	.summary = "tell all sessions of a shutdown, until it is cancelled (carrel-shutdown.path)",
	.hidden = true,
	.root = true,
	.root_why = "to write to the terminals of others",
	.run = run_shutdown_warning,
};
