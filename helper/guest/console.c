// SPDX-License-Identifier: MIT
/*
 * console.c - carrel guest console: the guest's own terminal, in this one.
 */
#include "base/cleanup.h"
#include "guest/client.h"
#include "verbs.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

enum {
	ESCAPE = 0x1d,
	CHUNK = 4096,
	ANSWER_USEC = 10000000,
	/* For a terminal to answer what it has been asked, at the other end of a network. */
	SILENCE_MS = 200,
	DRAIN_USEC = 2000000,
};

/* The terminal, as it was. */
struct terminal {
	bool raw;
	struct termios before;
};

static void make_raw(struct terminal *terminal)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &terminal->before) < 0)
		return;
	raw = terminal->before;
	cfmakeraw(&raw);
	terminal->raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

/* The guest may have asked the terminal something as its last words (its kind, its title), and
 * chooses when it ends: the answer is not for the shell that reads next. */
static void drain_terminal(void)
{
	struct pollfd typed = {.fd = STDIN_FILENO, .events = POLLIN};
	deadline_t deadline = deadline_in(DRAIN_USEC);
	char text[CHUNK];

	(void)tcdrain(STDIN_FILENO);
	while (deadline_left_usec(deadline) > 0 && poll(&typed, 1, SILENCE_MS) > 0 &&
		read(STDIN_FILENO, text, sizeof(text)) > 0)
		;
}

static void restore_terminal(const struct terminal *terminal)
{
	if (!terminal->raw)
		return;
	drain_terminal();
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal->before);
}

static bool write_all(int fd, const char *text, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, text, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text += n;
		size -= (size_t)n;
	}
	return true;
}

/* What is typed; false at the escape key, or at the end. */
static bool send_input(int fd)
{
	char text[CHUNK];
	ssize_t n = read(STDIN_FILENO, text, sizeof(text));
	const char *escape = n > 0 ? memchr(text, ESCAPE, (size_t)n) : NULL;
	size_t size = escape ? (size_t)(escape - text) : (size_t)(n > 0 ? n : 0);

	if (n <= 0)
		return n < 0 && errno == EINTR;
	return send(fd, text, size, MSG_NOSIGNAL) >= 0 && !escape;
}

/* Without a terminal, what has been piped in may be shorter than what there is to see. */
static void relay_console(int fd)
{
	struct pollfd ready[] = {
		{.fd = fd, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
	char text[CHUNK];

	for (;;) {
		if (poll(ready, 2, -1) < 0 && errno != EINTR)
			return;
		if (ready[0].revents) {
			ssize_t n = recv(fd, text, sizeof(text), 0);

			if (n <= 0 || !write_all(STDOUT_FILENO, text, (size_t)n))
				return;
		}
		if (ready[1].revents && !send_input(fd))
			return;
	}
}

/* Only the user and root may have it, and no user that of another who had the uid before. */
static int check_own(const struct account *account)
{
	struct carrel_error err = {0};
	struct guest_view view;

	if (geteuid() == 0)
		return COMMAND_DONE;
	if (geteuid() != account->login.uid)
		return command_error(COMMAND_REFUSED,
			"guest console: the console of %s's guest is theirs and root's; try sudo "
			"carrel guest console %s",
			account->name, account->name);
	if (guest_view(account->login.uid, account->name, &view, &err) < 0)
		return command_failed(&err);
	return guest_check_owner(&view);
}

static int run_console(const struct command_input *input)
{
	struct account account = {0};
	struct terminal terminal = {0};
	struct carrel_error err = {0};
	cleanup_close int fd = -EBADF;
	int code = guest_account(input->operand[0], &account);

	if (code == COMMAND_DONE)
		code = check_own(&account);
	if (code == COMMAND_DONE) {
		fd = guest_client_console(account.login.uid, deadline_in(ANSWER_USEC), &err);
		code = fd < 0 ? command_failed(&err) : COMMAND_DONE;
	}
	if (code == COMMAND_DONE && isatty(STDIN_FILENO))
		fprintf(stderr, "carrel: the console of %s's guest; Ctrl-] leaves it\n",
			account.name);
	account_free(&account);
	if (code != COMMAND_DONE)
		return code;
	make_raw(&terminal);
	relay_console(fd);
	restore_terminal(&terminal);
	if (terminal.raw)
		fputs("\n", stderr);
	return COMMAND_DONE;
}

const struct command_verb verb_guest_console = {
	.name = "guest console",
	.operands = "[USER]",
	.summary = "the console of a user's guest, or of your own; Ctrl-] leaves it",
	.details = "Shows what the guest has said last, and what it says. Its login prompt takes "
		   "only\n"
		   "accounts that have a password in the guest.\n",
	.min_operands = 0,
	.max_operands = 1,
	.run = run_console,
};
