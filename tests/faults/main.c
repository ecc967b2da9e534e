// SPDX-License-Identifier: MIT
/*
 * main.c - faults SERVICE: a login for each line of standard input, and what came of it.
 *
 *	run USER [join PID] [trace] [at ROLE PHASE INDEX error|late NUMBER]
 *	run USER [join PID] [trace] [at ROLE PHASE INDEX kill ROLE]
 *	run USER [join PID] [trace] [at ROLE PHASE INDEX stop]
 *	run USER starve PHASE INDEX
 *	run USER limit fsize|nofile NUMBER
 *	hold USER
 *	drop PID [INIT]
 *	watch PATH
 *
 * Each answer ends with a line "end".
 */
#include "faults.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

const char *const role_names[ROLE_COUNT] = {
	[ROLE_OPENER] = "opener",
	[ROLE_HELPER] = "helper",
	[ROLE_INIT] = "init",
	[ROLE_FORWARD] = "forward",
	[ROLE_PAYLOAD] = "payload",
};
const char *const phase_names[PHASE_COUNT] = {
	[PHASE_START] = "-",
	[PHASE_OPEN] = "open",
	[PHASE_IDLE] = "idle",
	[PHASE_CLOSE] = "close",
	[PHASE_END] = "end",
};

enum { LIMITS = 2 };
static const char *const limit_names[LIMITS] = {"fsize", "nofile"};
static const int limits[LIMITS] = {RLIMIT_FSIZE, RLIMIT_NOFILE};

static struct watched watched;
static int keep[2]; /* sessions are held until its other end is closed */

static int name_index(const char *const *names, int count, const char *word)
{
	for (int i = 0; word && i < count; i++)
		if (strcmp(names[i], word) == 0)
			return i;
	errx(2, "unknown word %s", word ? word : "(none)");
}

static long next_number(void)
{
	const char *word = strtok(NULL, " ");

	if (!word)
		errx(2, "a number is missing");
	return strtol(word, NULL, 10);
}

static void parse_fault(struct fault *fault)
{
	const char *what;

	fault->role = (enum role)name_index(role_names, ROLE_COUNT, strtok(NULL, " "));
	fault->phase = (enum phase)name_index(phase_names, PHASE_COUNT, strtok(NULL, " "));
	fault->index = next_number();
	what = strtok(NULL, " ");
	if (!what)
		errx(2, "what is to happen?");
	if (strcmp(what, "kill") == 0) {
		fault->action = ACTION_KILL;
		fault->victim = (enum role)name_index(role_names, ROLE_COUNT, strtok(NULL, " "));
		return;
	}
	if (strcmp(what, "stop") == 0) {
		fault->action = ACTION_STOP;
		return;
	}
	fault->action = strcmp(what, "late") == 0 ? ACTION_LATE : ACTION_ERROR;
	fault->error = (int)next_number();
}

static void parse_run(struct run *run)
{
	const char *word = strtok(NULL, " ");

	snprintf(run->user, sizeof(run->user), "%s", word ? word : "");
	while ((word = strtok(NULL, " "))) {
		if (strcmp(word, "trace") == 0) {
			run->trace = true;
		} else if (strcmp(word, "join") == 0) {
			run->sandbox = (pid_t)next_number();
		} else if (strcmp(word, "at") == 0) {
			parse_fault(&run->fault);
		} else if (strcmp(word, "limit") == 0) {
			run->limited = limits[name_index(limit_names, LIMITS, strtok(NULL, " "))];
			run->limit = (unsigned long)next_number();
		} else if (strcmp(word, "starve") == 0) {
			run->fault.action = ACTION_STARVE;
			run->fault.phase =
				(enum phase)name_index(phase_names, PHASE_COUNT, strtok(NULL, " "));
			run->fault.index = next_number();
		}
	}
}

/* Passes on what came through the pipe, once nobody can write to it any more; the last line may
 * have been cut short with its writer. */
static void forward(int from)
{
	char text[4096], last = '\n';
	ssize_t n;

	fflush(stdout);
	while ((n = read(from, text, sizeof(text))) > 0) {
		last = text[n - 1];
		if (write(STDOUT_FILENO, text, (size_t)n) != n)
			err(3, "write");
	}
	if (last != '\n')
		printf("\n");
}

static void do_run(const char *service)
{
	struct run run = {.limited = -1, .watched = &watched};
	int out[2];
	pid_t pid;

	parse_run(&run);
	if (pipe2(out, O_CLOEXEC) < 0 || fcntl(out[1], F_SETPIPE_SZ, 1 << 18) < 0)
		err(3, "pipe2");
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		login_run(service, &run, out[1], true);
	close(out[1]);
	trace_run(pid, &run);
	forward(out[0]);
	close(out[0]);
}

static void do_hold(const char *service)
{
	const char *user = strtok(NULL, " ");
	int out[2];
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) < 0)
		err(3, "pipe2");
	pid = fork();
	if (pid == 0) {
		close(keep[1]);
		login_hold(service, user, out[1], keep[0]);
	}
	close(out[1]);
	forward(out[0]);
	close(out[0]);
	printf("pid %d\n", (int)pid);
}

/* A session that is held, as by kill -9 of sshd's monitor; and waits for its session-init, which
 * was killed while it was followed. */
static void do_drop(void)
{
	pid_t pid = (pid_t)next_number();
	const char *init = strtok(NULL, " ");

	kill(pid, SIGKILL);
	waitpid(pid, NULL, __WALL);
	if (init)
		waitpid((pid_t)strtol(init, NULL, 10), NULL, __WALL);
}

static void do_watch(void)
{
	const char *path = strtok(NULL, " ");

	if (!path || watched.count == WATCHED_MAX)
		errx(2, "what else is to be watched?");
	snprintf(watched.path[watched.count++], WATCHED_PATH, "%s", path);
}

int main(int argc, char **argv)
{
	char line[256];

	if (argc != 3)
		errx(2, "usage: faults SERVICE USER");
	if (pipe2(keep, O_CLOEXEC) < 0)
		err(3, "pipe2");
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	login_warm_up(argv[1], argv[2]);
	while (fgets(line, sizeof(line), stdin)) {
		const char *verb;

		line[strcspn(line, "\n")] = '\0';
		verb = strtok(line, " ");
		if (verb && strcmp(verb, "run") == 0)
			do_run(argv[1]);
		else if (verb && strcmp(verb, "hold") == 0)
			do_hold(argv[1]);
		else if (verb && strcmp(verb, "drop") == 0)
			do_drop();
		else if (verb && strcmp(verb, "watch") == 0)
			do_watch();
		printf("end\n");
		fflush(stdout);
	}
	close(keep[1]);
	while (wait(NULL) > 0)
		;
	return 0;
}
