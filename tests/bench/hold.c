// SPDX-License-Identifier: MIT
/*
 * hold.c - opens many sessions, each in a process of its own, says "ready", and keeps them open
 * until its standard input ends.
 */
#include "bench.h"

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void wait_for_end_of(int fd)
{
	char byte;

	while (read(fd, &byte, 1) > 0)
		;
}

/* The other ends of both pipes belong to the parent: its end is the end of all. */
static void hold(const char *service, const char *user, int go_on, int ready)
{
	pam_handle_t *pamh = login_start(service, user);

	login_open(pamh);
	if (write(ready, "r", 1) != 1)
		err(1, "write");
	wait_for_end_of(go_on);
	login_close(pamh);
	login_end(pamh);
	exit(0);
}

/* One after the other: it is not the opening that is measured here. */
static void start(const char *service, const char *user, const int go_on[2], const int ready[2])
{
	pid_t pid = fork();
	char byte;

	if (pid == 0) {
		close(go_on[1]);
		hold(service, user, go_on[0], ready[1]);
	}
	if (pid < 0 || read(ready[0], &byte, 1) != 1)
		err(1, "session of %s", user);
}

/* hold COUNT SERVICE USER… */
int main(int argc, char **argv)
{
	int go_on[2], ready[2];
	long count;

	if (argc < 4)
		errx(2, "usage: hold COUNT SERVICE USER…");
	count = parse_count(argv[1]);
	if (pipe2(go_on, O_CLOEXEC) < 0 || pipe2(ready, O_CLOEXEC) < 0)
		err(1, "pipe2");
	for (long i = 0; i < count; i++)
		start(argv[2], argv[3 + i % (argc - 3)], go_on, ready);
	printf("ready\n");
	fflush(stdout);
	wait_for_end_of(STDIN_FILENO);
	close(go_on[1]);
	while (wait(NULL) > 0)
		;
	return 0;
}
