// SPDX-License-Identifier: MIT
#include "bench.h"

#include <err.h>
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void print_sample(const char *name, uint64_t ns)
{
	printf("%s %" PRIu64 "\n", name, ns);
}

long parse_count(const char *text)
{
	char *end;
	long count = strtol(text, &end, 10);

	if (end == text || *end || count < 0)
		errx(2, "%s: not a count", text);
	return count;
}

static int converse(int count, const struct pam_message **messages,
	struct pam_response **ret_replies, void *data)
{
	(void)messages;
	(void)data;
	*ret_replies = calloc((size_t)count, sizeof(**ret_replies));
	return *ret_replies ? PAM_SUCCESS : PAM_BUF_ERR;
}

static void check(pam_handle_t *pamh, int code, const char *what)
{
	if (code != PAM_SUCCESS)
		errx(1, "%s: %s", what, pam_strerror(pamh, code));
}

pam_handle_t *login_start(const char *service, const char *user)
{
	static const struct pam_conv conversation = {.conv = converse};
	pam_handle_t *pamh = NULL;

	check(pamh, pam_start(service, user, &conversation, &pamh), "pam_start");
	return pamh;
}

void login_open(pam_handle_t *pamh)
{
	check(pamh, pam_open_session(pamh, 0), "pam_open_session");
}

void login_close(pam_handle_t *pamh)
{
	check(pamh, pam_close_session(pamh, 0), "pam_close_session");
}

void login_end(pam_handle_t *pamh)
{
	check(pamh, pam_end(pamh, PAM_SUCCESS), "pam_end");
}

static void await(pid_t pid, const char *what)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		err(1, "%s", what);
	if (status != 0)
		errx(1, "%s: status %#x", what, (unsigned)status);
}

void run_true(uid_t uid, gid_t gid)
{
	char *const argv[] = {(char *)"true", NULL};
	char *const envp[] = {NULL};
	pid_t pid = fork();

	if (pid == 0) {
		if (setgroups(0, NULL) == 0 && setgid(gid) == 0 && setuid(uid) == 0)
			execve("/bin/true", argv, envp);
		_exit(127);
	}
	await(pid, "/bin/true");
}

void run_program(char *const argv[])
{
	char *const envp[] = {(char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	pid_t pid = vfork();

	if (pid == 0) {
		execve(argv[0], argv, envp);
		_exit(127);
	}
	await(pid, argv[0]);
}

void adopt_orphans(void)
{
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		err(1, "prctl");
}

void settle(void)
{
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
		;
}
