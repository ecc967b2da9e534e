// SPDX-License-Identifier: MIT
#include "faults.h"
#include "tracee.h"

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef __x86_64__
#error "a system call is skipped by its number's register: this is written for x86_64"
#endif

enum { PATIENCE_SEC = 20, HOLD_MS = 20 };

static struct {
	const struct run *run;
	enum phase phase;
	long opener_calls[PHASE_COUNT];
	pid_t last[ROLE_COUNT]; /* also of one that is not traced any more */
	pid_t detached;         /* the opener, at its end */
	bool fired;
} trace;

static volatile sig_atomic_t hung;

static void on_alarm(int number)
{
	(void)number;
	hung = 1;
}

static bool any_left(void)
{
	return tracee_any_left(false) || trace.detached != 0;
}

/* Whoever is still held once the opener has ended was left behind; it may go on now. */
static void release_held(void)
{
	for (size_t i = 0; i < TRACEES; i++) {
		struct tracee *tracee = &tracees[i];

		if (!tracee->pid || !tracee->held)
			continue;
		printf("left %s\n", role_names[tracee->role]);
		tracee->held = false;
		ptrace(PTRACE_SYSCALL, tracee->pid, 0, 0);
	}
}

static const char *phase_of(const struct tracee *tracee)
{
	return phase_names[tracee->role == ROLE_OPENER ? trace.phase : PHASE_START];
}

static void tell_call(const struct tracee *tracee, int64_t result)
{
	if (!trace.run->trace || (tracee->role == ROLE_OPENER &&
					 (trace.phase == PHASE_START || trace.phase == PHASE_END)))
		return;
	printf("call %s %s %ld %lu %ld \"%s\" \"%s\"\n", role_names[tracee->role], phase_of(tracee),
		tracee->calls, (unsigned long)tracee->number, (long)result, tracee->text[0],
		tracee->text[1]);
}

static void let_go_on(struct tracee *tracee, int number)
{
	tracee->stopped = false;
	/* It may have been killed meanwhile: its end is told all the same. */
	ptrace(PTRACE_SYSCALL, tracee->pid, 0, number);
}

static void forget_ended(pid_t pid, int status)
{
	struct tracee *tracee = tracee_find(pid);
	enum role role = tracee ? tracee->role : ROLE_OPENER;

	if (!tracee && pid != trace.detached)
		return;
	if (WIFSIGNALED(status))
		printf("ended %s signal %d\n", role_names[role], WTERMSIG(status));
	else
		printf("ended %s exit %d\n", role_names[role], WEXITSTATUS(status));
	if (pid == trace.detached)
		trace.detached = 0;
	else
		tracee->pid = 0;
	if (role == ROLE_OPENER)
		release_held();
}

/* Its death is seen before the one who stands here goes on, unless that one is what it waits for.
 */
static void kill_victim(enum role role)
{
	pid_t pid = trace.last[role];
	struct timespec pause = {.tv_nsec = 200000};
	int status;

	if (pid <= 0)
		return;
	trace.fired = kill(pid, SIGKILL) == 0;
	for (int i = 0; i < HOLD_MS * 5 && tracee_find(pid); i++) {
		pid_t ended = waitpid(pid, &status, __WALL | WNOHANG);

		if (ended == pid && (WIFEXITED(status) || WIFSIGNALED(status))) {
			forget_ended(pid, status);
			return;
		}
		if (ended == pid)
			ptrace(PTRACE_CONT, pid, 0, 0); /* the stop of its exit */
		nanosleep(&pause, NULL);
	}
}

static bool is_due(const struct tracee *tracee)
{
	const struct fault *fault = &trace.run->fault;

	if (trace.fired || fault->action == ACTION_NONE || fault->action == ACTION_STARVE)
		return false;
	if (tracee->role != fault->role || tracee->calls != fault->index)
		return false;
	return tracee->role != ROLE_OPENER || trace.phase == fault->phase;
}

static void skip_call(struct tracee *tracee)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, tracee->pid, 0, &regs) < 0)
		return;
	regs.orig_rax = (unsigned long long)-1;
	ptrace(PTRACE_SETREGS, tracee->pid, 0, &regs);
}

static void fail_call(struct tracee *tracee)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, tracee->pid, 0, &regs) < 0)
		return;
	regs.rax = (unsigned long long)-(long long)tracee->fail;
	ptrace(PTRACE_SETREGS, tracee->pid, 0, &regs);
	tracee->fail = 0;
}

static void act(struct tracee *tracee)
{
	const struct fault *fault = &trace.run->fault;

	printf("fired %lu \"%s\" \"%s\"\n", (unsigned long)tracee->number, tracee->text[0],
		tracee->text[1]);
	switch (fault->action) {
	case ACTION_ERROR:
		skip_call(tracee);
		/* fall through */
	case ACTION_LATE:
		tracee->fail = fault->error;
		trace.fired = true;
		break;
	case ACTION_KILL:
		kill_victim(fault->victim);
		break;
	case ACTION_STOP:
		trace.fired = tracee->held = true;
		break;
	case ACTION_NONE:
	case ACTION_STARVE:
		break;
	}
}

/* The opener cannot look itself: it stands in the sandbox. */
static void tell_watched(void)
{
	const struct watched *watched = trace.run->watched;

	for (int i = 0; i < watched->count; i++) {
		char text[TEXT] = "-";
		FILE *file = fopen(watched->path[i], "re");

		if (file && fgets(text, sizeof(text), file))
			text[strcspn(text, "\n")] = '\0';
		if (file)
			fclose(file);
		printf("limit %s %s\n", watched->path[i], text);
	}
}

/* True where the call is the opener's word that it has come to another phase. */
static bool is_mark(struct tracee *tracee, const struct __ptrace_syscall_info *info)
{
	if (tracee->role != ROLE_OPENER || info->entry.nr != SYS_prctl ||
		info->entry.args[0] != MARK)
		return false;
	trace.phase = (enum phase)info->entry.args[1];
	tracee->calls = 0;
	if (trace.phase == PHASE_IDLE)
		tell_watched();
	return true;
}

static void call_begins(struct tracee *tracee, const struct __ptrace_syscall_info *info)
{
	tracee->number = info->entry.nr;
	if (is_mark(tracee, info) || tracee_call_uncounted(tracee->number))
		return;
	tracee->calls++;
	tracee_read_text(tracee->pid, info->entry.args[0], tracee->text[0]);
	tracee_read_text(tracee->pid, info->entry.args[1], tracee->text[1]);
	if (is_due(tracee))
		act(tracee);
}

static void at_call(struct tracee *tracee)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tracee->pid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		call_begins(tracee, &info);
	if (info.op != PTRACE_SYSCALL_INFO_EXIT)
		return;
	if (tracee->fail)
		fail_call(tracee);
	if (!(tracee->number == SYS_prctl && tracee->calls == 0) &&
		!tracee_call_uncounted(tracee->number))
		tell_call(tracee, info.exit.rval);
}

/* What the opener forks between open and close is the user's, and followed no further. */
static void born(const struct tracee *parent)
{
	static const enum role next[ROLE_COUNT] = {[ROLE_OPENER] = ROLE_HELPER,
		[ROLE_HELPER] = ROLE_INIT,
		[ROLE_INIT] = ROLE_FORWARD,
		[ROLE_FORWARD] = ROLE_FORWARD};
	unsigned long pid = 0;
	struct tracee *child;

	if (ptrace(PTRACE_GETEVENTMSG, parent->pid, 0, &pid) < 0)
		return;
	child = tracee_add((pid_t)pid);
	child->known = true;
	child->role = next[parent->role];
	if (parent->role == ROLE_OPENER && trace.phase != PHASE_OPEN)
		child->role = ROLE_PAYLOAD;
	trace.last[child->role] = child->pid;
	if (child->stopped && child->role == ROLE_PAYLOAD) {
		ptrace(PTRACE_DETACH, child->pid, 0, 0);
		child->pid = 0;
	} else if (child->stopped) {
		let_go_on(child, 0);
	}
}

static void first_stop(struct tracee *tracee)
{
	if (!tracee->known) {
		tracee->stopped = true; /* until its parent tells who it is */
		return;
	}
	if (tracee->role == ROLE_PAYLOAD) {
		ptrace(PTRACE_DETACH, tracee->pid, 0, 0);
		tracee->pid = 0;
		return;
	}
	let_go_on(tracee, 0);
}

static void at_stop(struct tracee *tracee, int status)
{
	int number = WSTOPSIG(status);
	int event = status >> 16;

	if (number == (SIGTRAP | 0x80))
		at_call(tracee);
	if (tracee->held)
		return;
	if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
		event == PTRACE_EVENT_CLONE)
		born(tracee);
	if (number == SIGSTOP && !event) {
		first_stop(tracee);
		return;
	}
	/* Its own forks and its search for leaks, which traces it itself, are not to be seen. */
	if (tracee->role == ROLE_OPENER && trace.phase == PHASE_END) {
		trace.detached = tracee->pid;
		ptrace(PTRACE_DETACH, tracee->pid, 0, 0);
		tracee->pid = 0;
		return;
	}
	let_go_on(tracee, number == (SIGTRAP | 0x80) || event ? 0 : number);
}

static void kill_all(void)
{
	printf("hung\n");
	for (size_t i = 0; i < TRACEES; i++)
		if (tracees[i].pid)
			kill(tracees[i].pid, SIGKILL);
	if (trace.detached)
		kill(trace.detached, SIGKILL);
	hung = 0;
	alarm(PATIENCE_SEC);
}

static void follow_sandbox(pid_t pid)
{
	struct tracee *tracee;

	if (!pid)
		return;
	if (!seize_begin(pid))
		errx(3, "session-init %d cannot be followed", (int)pid);
	tracee = tracee_add(pid);
	tracee->known = tracee->seized = true;
	tracee->role = ROLE_INIT;
	trace.last[ROLE_INIT] = pid;
	let_go_on(tracee, 0);
}

void trace_run(pid_t opener, const struct run *run)
{
	struct sigaction action = {.sa_handler = on_alarm};
	struct tracee *first;
	int status;

	memset(&trace, 0, sizeof(trace));
	memset(tracees, 0, sizeof(tracees));
	trace.run = run;
	sigaction(SIGALRM, &action, NULL);
	alarm(PATIENCE_SEC);
	if (waitpid(opener, &status, __WALL) != opener || !WIFSTOPPED(status))
		errx(3, "the opener did not start");
	if (ptrace(PTRACE_SETOPTIONS, opener, 0,
		    PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			    PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL) < 0)
		err(3, "PTRACE_SETOPTIONS");
	first = tracee_add(opener);
	first->known = true;
	trace.last[ROLE_OPENER] = opener;
	follow_sandbox(run->sandbox);
	let_go_on(first, 0);
	while (any_left() || tracee_any_left(true)) {
		pid_t pid = seize_wait(!any_left(), &status);

		if (pid == 0)
			break;
		if (pid < 0 && errno == EINTR && hung)
			kill_all();
		if (pid < 0 && errno == ECHILD)
			break;
		if (pid < 0)
			continue;
		if (WIFSTOPPED(status))
			at_stop(tracee_add(pid), status);
		else
			forget_ended(pid, status);
	}
	alarm(0);
	if (tracee_any_left(true))
		seize_end(run->sandbox);
}
