// SPDX-License-Identifier: MIT
/*
 * wait.c - asks guest-launch for the guest: whether it is ready, or for a connection.
 *
 * At GUEST_CONNECT there are lines of progress ('.' and text), and then either a zero byte, with a
 * descriptor where one was asked for ("c", not "w"), or '!' and the reason why there will be none,
 * or '~': that guest was stopping and has ended, and the next one is to be asked.
 */
#include "attach.h"
#include "base/rights.h"
#include "plan/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	SILENCE_MS = 1000 * 1000, /* of guest-launch, which has shorter time limits of its own */
	APPEAR_MS = 60 * 1000, /* until guest-launch listens; systemd starts it, on a busy host */
	UNORDERED_MS = 1000,   /* without anything that would start a guest */
	A_MOMENT_MS = 100,
	LAST_MS = 2 * 1000, /* a failure a moment ago may be that of the guest before */
	GUESTS_MAX = 3,     /* so many in a row, each of which was stopping */
};

/* What is said on the terminal. */
struct wait_progress {
	bool wanted;
	bool dumb; /* it cannot erase a line */
	bool said;
};

static void say_progress(struct wait_progress *progress, const char *text)
{
	if (!progress->wanted)
		return;
	fputs(progress->dumb ? "carrel: " : "\r\033[Kcarrel: ", stderr);
	for (const char *p = text; *p; p++)
		fputc((unsigned char)*p < ' ' || *p == 0x7f ? '?' : *p, stderr);
	if (progress->dumb)
		fputc('\n', stderr);
	fflush(stderr);
	progress->said = true;
}

static void say_no_more(const struct wait_progress *progress)
{
	if (progress->said && !progress->dumb)
		fputs("\r\033[K", stderr);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void attach_record(const char *folder, struct guest_record *ret_record)
{
	int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	*ret_record = (struct guest_record){0};
	if (fd < 0)
		return;
	(void)guest_record_read(fd, ret_record);
	close(fd);
}

/* Returns a descriptor, or -1 and errno. */
static int try_connecting(const char *folder)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/" GUEST_CONNECT, folder);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* The wait for guest-launch to listen. */
struct appearance {
	const char *folder;
	bool next;       /* waits for the one after another that was stopping */
	int64_t since;   /* in ms, as now_ms() */
	int64_t ordered; /* when something was last seen that leads to a guest */
};

static bool leads_there(const char *folder, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return access(path, F_OK) == 0;
}

/* Returns whether nobody has asked for a guest for so long that nobody will: whoever came with the
 * login that did has a guest, or is told why not. A socket that refuses belongs to a dead
 * guest-launch, and so does the owner. */
static bool is_unordered(struct appearance *wait, int error)
{
	if (wait->next || error == EAGAIN || error == EINTR ||
		leads_there(wait->folder, GUEST_ORDERED) ||
		(error == ENOENT && leads_there(wait->folder, GUEST_OWNER)))
		wait->ordered = now_ms();
	return now_ms() - wait->ordered > UNORDERED_MS;
}

/* Returns whether the guest may still appear; sets @why where it may not. */
static bool may_appear(struct appearance *wait, int error, char *why, size_t size)
{
	const char *folder = wait->folder;
	int64_t waited = now_ms() - wait->since;
	bool next = wait->next;
	struct guest_record record;

	attach_record(folder, &record);
	if (strcmp(record.state, "failed") == 0 && (!next || waited > LAST_MS)) {
		snprintf(why, size, "%s",
			record.why[0] ? record.why : "your guest could not be started");
		return false;
	}
	if (error != ENOENT && error != ECONNREFUSED && error != EAGAIN && error != EINTR) {
		snprintf(why, size, "your guest cannot be reached: %s", strerror(error));
		return false;
	}
	if (is_unordered(wait, error)) {
		snprintf(why, size,
			"your guest does not run, and only a new login starts it: end this "
			"connection (ssh -O exit, where it is shared), and log in again");
		return false;
	}
	if (waited < APPEAR_MS)
		return true;
	snprintf(why, size, "%s",
		next ? "your guest has been stopped; log in again to start it"
		     : "your guest does not run, and nothing starts it");
	return false;
}

static int open_connection(
	const char *folder, bool next, struct wait_progress *progress, char *why, size_t size)
{
	char events[4096] __attribute__((aligned(8)));
	struct pollfd changes = {.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), .events = POLLIN};
	struct appearance wait = {
		.folder = folder, .next = next, .since = now_ms(), .ordered = now_ms()};
	int fd;

	/* The watch comes before the first look, so that nothing is missed. */
	if (changes.fd >= 0)
		inotify_add_watch(changes.fd, folder, IN_CREATE | IN_MOVED_TO);
	while ((fd = try_connecting(folder)) < 0) {
		if (!may_appear(&wait, errno, why, size))
			break;
		say_progress(progress, "your guest is starting");
		/* A socket appears a moment before somebody listens, and nothing tells when they
		 * do. */
		poll(&changes, 1, A_MOMENT_MS);
		while (read(changes.fd, events, sizeof(events)) > 0)
			;
	}
	if (changes.fd >= 0)
		close(changes.fd);
	return fd;
}

/* Takes the lines of progress from the front of @text. What is left is a part of a line, or the
 * final message. */
static size_t take_progress(char *text, size_t used, struct wait_progress *progress)
{
	char *end;

	while (used > 0 && text[0] == '.' && (end = memchr(text, '\n', used))) {
		char line[560];

		*end++ = '\0';
		snprintf(line, sizeof(line), "your guest: %s", text + 1);
		say_progress(progress, line);
		used -= (size_t)(end - text);
		memmove(text, end, used);
	}
	return used;
}

/* Returns 1 once the guest is ready, with a descriptor in *fd where it came with one; 0 where the
 * next one is to be asked; -1 with @why. */
static int await_answer(int socket, int *fd, struct wait_progress *progress, char *why, size_t size)
{
	struct pollfd ready = {.fd = socket, .events = POLLIN};
	char text[512] = "";
	size_t used = 0;

	for (;;) {
		ssize_t n = -1;

		if (poll(&ready, 1, SILENCE_MS) > 0)
			n = rights_receive(socket, text + used, sizeof(text) - 1 - used, fd);
		if (n > 0)
			used = take_progress(text, used + (size_t)n, progress);
		if (used > 0 && text[0] == '\0')
			return 1;
		if (used > 0 && text[0] == '~')
			return 0;
		if (n > 0 && used < sizeof(text) - 1)
			continue;
		text[used] = '\0';
		text[strcspn(text, "\n")] = '\0';
		snprintf(why, size, "%s",
			used > 0 && text[0] != '.' ? text + (text[0] == '!')
						   : "your guest ended before it was ready");
		return -1;
	}
}

static int ask_for_guest(const char *folder, bool wait_only, int *ret_fd,
	struct wait_progress *progress, char *why, size_t size)
{
	int fd = -1, r = 0;

	for (int guests = 0; r == 0 && guests < GUESTS_MAX; guests++) {
		int socket = open_connection(folder, guests > 0, progress, why, size);

		if (socket < 0)
			return -1;
		send(socket, wait_only ? "w" : "c", 1, MSG_NOSIGNAL);
		r = await_answer(socket, &fd, progress, why, size);
		close(socket);
	}
	if (r == 0) {
		snprintf(why, size, "your guest keeps stopping; log in again later");
		r = -1;
	}
	if (r > 0 && !wait_only && fd < 0) {
		snprintf(why, size, "your guest has handed out no connection");
		r = -1;
	}
	if (fd >= 0 && (r < 0 || wait_only)) {
		close(fd);
		fd = -1;
	}
	*ret_fd = fd;
	return r;
}

int attach_wait(const char *folder, bool progress, char *why, size_t size)
{
	const char *term = getenv("TERM");
	struct wait_progress told = {
		.wanted = progress,
		.dumb = !term || !*term || strcmp(term, "dumb") == 0,
	};
	int none;
	int r = ask_for_guest(folder, true, &none, &told, why, size);

	say_no_more(&told);
	return r < 0 ? -1 : 0;
}

int attach_connect(const char *folder, char *why, size_t size)
{
	struct wait_progress none = {.wanted = false};
	int fd = -1;

	return ask_for_guest(folder, false, &fd, &none, why, size) < 0 ? -1 : fd;
}
