// SPDX-License-Identifier: MIT
// what: a program that carrel starts has nothing of its caller's, ends with it, in time and when told to, and is heard to its end
// needs:
// tier: fast
// deadline: 60s
#include "base/cleanup.h"
#include "base/program.h"
#include "expect.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_USEC = 20000000, SOON_USEC = 300000, PATIENCE_MS = 10000, LENT = 7, LEFT_OPEN = 8 };

static struct program shell_of(const char *const argv[4])
{
	return (struct program){.path = "/bin/sh", .argv = argv};
}

#define SHELL(command) shell_of((const char *const[4]){"sh", "-c", (command), NULL})

static void expect_said(const char *what, const struct program *program, const char *wanted)
{
	cleanup_free char *text = NULL;
	int status = -1, r = program_capture(program, deadline_in(PATIENCE_USEC), &text, &status);

	if (r < 0 || status != 0 || strcmp(text, wanted) != 0)
		expect_failed("%s: %d, status %d, \"%s\"", what, r, status, text ? text : "");
}

/* The caller is somewhere, ignores and blocks signals, and has left a file open. */
static void inherits_nothing(void)
{
	const int lent[] = {LENT};
	struct program program;
	sigset_t set, before;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &before);
	signal(SIGPIPE, SIG_IGN);
	setenv("LD_PRELOAD_LIKE", "x", 1);
	if (chdir("/tmp") < 0 || dup2(STDERR_FILENO, LEFT_OPEN) < 0 ||
		dup3(STDERR_FILENO, LENT, O_CLOEXEC) < 0)
		expect_failed("cannot begin");
	program = SHELL("pwd; echo $PATH $LC_ALL $LD_PRELOAD_LIKE; "
			"exec grep -E '^Sig(Blk|Ign)' /proc/self/status");
	expect_said("signals, folder and environment", &program,
		"/\n/usr/sbin:/usr/bin:/sbin:/bin C\n"
		"SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
	program = SHELL(
		"read a b c d e session rest < /proc/$$/stat; test $session = $$ && echo own");
	expect_said("session", &program, "own\n");
	program =
		SHELL("cd /proc/$$/fd; for fd in 0 1 2 7 8; do test -e $fd && echo $fd; done; cat");
	expect_said("descriptors", &program, "0\n1\n2\n");
	program.fds = lent;
	program.n_fds = 1;
	expect_said("a descriptor that is lent", &program, "0\n1\n2\n7\n");
	close(LEFT_OPEN);
	close(LENT);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static void expect_end(const char *what, const char *command, uint64_t usec, int wanted)
{
	const struct program program = SHELL(command);
	cleanup_free char *text = NULL;
	int status = 0;

	expect_number(what, program_capture(&program, deadline_in(usec), &text, &status), wanted);
}

static int say_stop(void *data)
{
	return *(const int *)data ? -EINTR : 0;
}

static void ends(void)
{
	const struct program missing = {
		.path = "/nowhere/program", .argv = (const char *const[]){"x", NULL}};
	const struct program talker = SHELL("printf 0123456789abcdef; exit 3");
	const struct program sleeper = SHELL("exec sleep 1000");
	char said[11];
	struct program_output output = {.text = said, .room = 10};
	struct program_watch watch = {.deadline = deadline_in(PATIENCE_USEC)};
	int status = 0, stop = 1;
	char *text = NULL;

	expect_number("a program that is not there",
		program_capture(&missing, deadline_in(PATIENCE_USEC), &text, &status), -ENOENT);
	expect_end("one that goes on", "exec sleep 1000", SOON_USEC, -ETIMEDOUT);
	expect_end("one that goes on in silence", "exec >&- 2>&-; exec sleep 1000", SOON_USEC,
		-ETIMEDOUT);
	expect_end("one that never stops talking", "exec yes", PATIENCE_USEC, -EFBIG);
	expect_number("the last words", program_run(&talker, &watch, &output, &status), 0);
	expect_number("its exit code", WIFEXITED(status) ? WEXITSTATUS(status) : -1, 3);
	expect_true("no more than there is room for", strcmp(said, "6789abcdef") == 0);
	watch.look = say_stop;
	watch.data = &stop;
	expect_number(
		"one that is told to end", program_run(&sleeper, &watch, &output, &status), -EINTR);
}

/* Whoever starts it is killed, and cannot end it any more. */
static void ends_with_its_caller(void)
{
	struct program program = SHELL("echo $$ >&7; exec sleep 1000");
	const int lent[] = {LENT};
	struct pollfd gone = {.events = POLLIN};
	char number[16] = "";
	int pipes[2], status;
	char *text = NULL;
	pid_t caller;

	program.fds = lent;
	program.n_fds = 1;
	if (pipe2(pipes, O_CLOEXEC) < 0 || (caller = fork()) < 0)
		return expect_failed("cannot begin");
	if (caller == 0) {
		dup3(pipes[1], LENT, O_CLOEXEC);
		_exit(program_capture(&program, deadline_in(PATIENCE_USEC), &text, &status) != 0);
	}
	close(pipes[1]);
	if (read(pipes[0], number, sizeof(number) - 1) <= 0)
		expect_failed("it does not start");
	gone.fd = pidfd_open((pid_t)atoi(number), 0);
	kill(caller, SIGKILL);
	while (waitpid(caller, NULL, 0) < 0 && errno == EINTR)
		;
	expect_true("it ends with its caller", gone.fd < 0 || poll(&gone, 1, PATIENCE_MS) == 1);
	close(gone.fd);
	close(pipes[0]);
}

int main(void)
{
	inherits_nothing();
	ends();
	ends_with_its_caller();
	return expect_result();
}
