// SPDX-License-Identifier: MIT
/*
 * seize.c - a session-init that was there before the login that is followed, and outlives it.
 */
#include "faults.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

/* Longer than session-init waits for the cgroup of a login that has ended. */
enum { QUIET_MS = 150 };

/* Waits for its next stop. False where it ends instead. */
static bool await_stop(pid_t pid)
{
	int status;

	return waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status);
}

bool seize_begin(pid_t pid)
{
	if (ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD) < 0)
		return false;
	return ptrace(PTRACE_INTERRUPT, pid, 0, 0) == 0 && await_stop(pid);
}

/* One that was killed stays until all of its namespace have been reaped (pid_namespaces(7)), some
 * by who holds a session in it: it is waited for when that one is dropped. */
void seize_end(pid_t pid)
{
	struct timespec pause = {.tv_nsec = 1000000};
	int status;

	if (ptrace(PTRACE_INTERRUPT, pid, 0, 0) < 0)
		return;
	for (int i = 0; i < QUIET_MS; i++) {
		if (waitpid(pid, &status, __WALL | WNOHANG) == pid) {
			if (WIFSTOPPED(status))
				ptrace(PTRACE_DETACH, pid, 0, 0);
			return;
		}
		nanosleep(&pause, NULL);
	}
}

pid_t seize_wait(bool last, int *ret_status)
{
	struct timespec pause = {.tv_nsec = 1000000};
	pid_t pid = 0;

	if (!last)
		return waitpid(-1, ret_status, __WALL);
	for (int i = 0; i < QUIET_MS && pid == 0; i++) {
		pid = waitpid(-1, ret_status, __WALL | WNOHANG);
		if (pid == 0)
			nanosleep(&pause, NULL);
	}
	return pid;
}
