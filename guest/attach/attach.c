// SPDX-License-Identifier: MIT
/*
 * attach.c - guest-attach: joins a login to the user's guest.
 *
 *	sshd, login, su … -> SHELL [-c COMMAND]		its arguments are a shell's
 *	guest-attach, as ForceCommand of sshd		the command is SSH_ORIGINAL_COMMAND
 *	guest-connect					for ssh: passes the connection on to stdout
 *	guest-forward					for session-init: forward.c
 */
#include "attach.h"
#include "base/rights.h"
#include "plan/guest.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Writes @why as one line, whatever is in it. Returns the exit status of a login that failed. */
static int fail_with(const char *why)
{
	char line[512];

	snprintf(line, sizeof(line), "%s", why);
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	fprintf(stderr, "%s%s\n", strncmp(line, "carrel: ", strlen("carrel: ")) ? "carrel: " : "",
		line);
	return ATTACH_FAILED;
}

static int connect_for_ssh(const char *folder)
{
	char why[256];
	int fd;

	/* It may wait for long, and has the login's stderr, which would keep the login from
	 * ending. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() == 1)
		return ATTACH_FAILED;
	fd = attach_connect(folder, why, sizeof(why));
	if (fd < 0)
		return fail_with(why);
	/* mm_receive_fd() of OpenSSH wants one byte with the descriptor. */
	if (rights_send(STDOUT_FILENO, "", 1, fd) < 0)
		return fail_with("guest-connect: its output is not ssh");
	return 0;
}

static int attach_login(const char *folder, const struct attach_request *request)
{
	struct attach_account account;
	struct guest_record record;
	char text[256];

	if (attach_account(&account) < 0)
		return fail_with(
			"your account is not in /etc/passwd: this is for sessions in a guest");
	if (attach_wait(folder, isatty(STDERR_FILENO), text, sizeof(text)) < 0)
		return fail_with(text);
	attach_record(folder, &record);
	if (request->kind == ATTACH_SHELL && request->terminal && strcmp(record.accel, "tcg") == 0)
		fprintf(stderr, "carrel: this guest is emulated, because the host has no "
				"/dev/kvm: expect it to be slow\n");
	attach_exec(folder, &account, request);
	snprintf(text, sizeof(text), "%s: %s", GUEST_SSH, strerror(errno));
	return fail_with(text);
}

int main(int argc, char *argv[])
{
	struct attach_request request;
	const char *name = base_of(argc > 0 ? argv[0] : "");
	char folder[64];

	name += *name == '-';
	snprintf(folder, sizeof(folder), GUEST_RUN_DIR "/%u", (unsigned)getuid());
	if (strcmp(name, base_of(GUEST_CONNECTOR)) == 0)
		return connect_for_ssh(folder);
	if (strcmp(name, base_of(GUEST_FORWARDER)) == 0)
		return attach_forward(folder);
	/* The admin's way of saying that an account gets no shell holds for guests, too. */
	if (strcmp(name, "nologin") == 0 || strcmp(name, "false") == 0) {
		fail_with("this account is not available");
		return EXIT_FAILURE;
	}
	if (attach_parse(argv, getenv("SSH_ORIGINAL_COMMAND"), &request) < 0)
		return fail_with("guest-attach: usage: guest-attach [-c COMMAND]");
	return attach_login(folder, &request);
}
