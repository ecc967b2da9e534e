// SPDX-License-Identifier: MIT
#include "caller.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- who may signal it ---- */

/* Changes the real user of this thread alone: glibc's wrapper would change all threads (nptl(7)).
 * Neither the effective user nor a capability is touched. */
static void take_user(struct caller *caller)
{
	uid_t real = getuid();

	caller->real_uid = 0;
	caller->error = 0;
	if (real == 0)
		return;
	if (syscall(SYS_setresuid, 0, -1, -1) < 0)
		caller->error = -errno;
	else
		caller->real_uid = real;
}

static void give_user(const struct caller *caller)
{
	if (caller->real_uid != 0)
		(void)syscall(SYS_setresuid, caller->real_uid, -1, -1);
}

/* Puts off the signals that stop the process. A user who types ^Z at su or sudo, or has it ask for
 * a password in the background, must not stop it while it holds the lock that the target's logins
 * wait for. It stops when the lock is given back. The kernel sends these signals whoever the real
 * user is. */
static void hold_stops(struct caller *caller)
{
	sigset_t stops;

	sigemptyset(&stops);
	sigaddset(&stops, SIGTSTP);
	sigaddset(&stops, SIGTTIN);
	sigaddset(&stops, SIGTTOU);
	pthread_sigmask(SIG_BLOCK, &stops, &caller->signals);
}

/* ---- what it may use ---- */

/* Each limit must be at least this. The limits are those of the whole process: another thread that
 * opens a session at the same time may find the raised ones, and give those back. */
static const struct {
	int resource;
	rlim_t least;
} least_limits[] = {
	{RLIMIT_STACK, 8 << 20},
	{RLIMIT_NOFILE, 256},
	{RLIMIT_CPU, RLIM_INFINITY},
	{RLIMIT_AS, RLIM_INFINITY},
	{RLIMIT_DATA, RLIM_INFINITY},
	{RLIMIT_FSIZE, RLIM_INFINITY},
};

_Static_assert(sizeof(least_limits) / sizeof(least_limits[0]) == CALLER_LIMITS, "one member each");

/* Raises the limits that are too low. Where the hard limit cannot be raised, some step will fail
 * for want of it, and the login is denied. */
static void raise_limits(struct caller *caller)
{
	for (size_t i = 0; i < CALLER_LIMITS; i++) {
		const __rlimit_resource_t resource = (__rlimit_resource_t)least_limits[i].resource;
		rlim_t least = least_limits[i].least;
		struct rlimit *before = &caller->limit[i], raised;

		caller->limited[i] = false;
		if (getrlimit(resource, before) < 0 || before->rlim_cur >= least)
			continue;
		raised =
			(struct rlimit){least, before->rlim_max < least ? least : before->rlim_max};
		if (setrlimit(resource, &raised) < 0) {
			raised.rlim_cur = raised.rlim_max = before->rlim_max;
			if (setrlimit(resource, &raised) < 0)
				continue;
		}
		caller->limited[i] = true;
	}
}

static void give_limits(const struct caller *caller)
{
	for (size_t i = 0; i < CALLER_LIMITS; i++)
		if (caller->limited[i])
			(void)setrlimit(
				(__rlimit_resource_t)least_limits[i].resource, &caller->limit[i]);
}

/* ---- when it runs ---- */

static void set_scheduling(struct caller *caller)
{
	struct inheritance_scheduling normal = {.size = sizeof(normal), .policy = SCHED_OTHER};
	struct inheritance_scheduling *before = &caller->scheduling;

	caller->rescheduled = false;
	if (syscall(SYS_sched_getattr, 0, before, sizeof(*before), 0) < 0 ||
		(before->policy == SCHED_OTHER && before->nice <= 0) ||
		(before->policy != SCHED_OTHER && before->policy != SCHED_BATCH &&
			before->policy != SCHED_IDLE))
		return;
	before->size = sizeof(*before);
	caller->rescheduled = syscall(SYS_sched_setattr, 0, &normal, 0) == 0;
}

/* Takes every CPU. The kernel leaves out those that do not exist, and those of other cpusets. */
static void take_cpus(struct caller *caller)
{
	unsigned long every[CALLER_CPUS / 8 / sizeof(unsigned long)];
	unsigned long now[CALLER_CPUS / 8 / sizeof(unsigned long)];
	long size = syscall(SYS_sched_getaffinity, 0, sizeof(caller->cpus), caller->cpus);

	caller->cpus_size = 0;
	memset(every, 0xff, sizeof(every));
	if (size <= 0 || syscall(SYS_sched_setaffinity, 0, sizeof(every), every) < 0)
		return;
	if (syscall(SYS_sched_getaffinity, 0, sizeof(now), now) == size &&
		memcmp(now, caller->cpus, (size_t)size) == 0)
		return;
	caller->cpus_size = size;
}

static void set_timer_slack(struct caller *caller)
{
	/* prctl(3) would not do: its int is too short. Anybody may set a slack that is negative as
	 * a signed number, or looks like an error. Such a slack is not given back. */
	long slack = syscall(SYS_prctl, PR_GET_TIMERSLACK, 0, 0, 0, 0);

	caller->timer_slack = 0;
	if (slack >= 0 && slack <= INHERITANCE_TIMER_SLACK_NS)
		return;
	if (slack != -1)
		caller->timer_slack = (unsigned long)slack;
	(void)prctl(PR_SET_TIMERSLACK, INHERITANCE_TIMER_SLACK_NS, 0, 0, 0);
}

/* Gives the scheduling policy back. The nice value of an idle task is kept, but cannot be set
 * (__setscheduler_params()), so it is set under SCHED_OTHER first. */
static void give_policy(const struct inheritance_scheduling *before)
{
	struct inheritance_scheduling normal = *before;

	normal.policy = SCHED_OTHER;
	(void)syscall(SYS_sched_setattr, 0, &normal, 0);
	(void)syscall(SYS_sched_setattr, 0, before, 0);
}

static void give_scheduling(const struct caller *caller)
{
	if (caller->timer_slack)
		(void)prctl(PR_SET_TIMERSLACK, caller->timer_slack, 0, 0, 0);
	if (caller->cpus_size > 0)
		(void)syscall(SYS_sched_setaffinity, 0, caller->cpus_size, caller->cpus);
	if (caller->rescheduled)
		give_policy(&caller->scheduling);
}

/* ---- all of it ---- */

/* The user comes first, so that nobody else changes the rest again meanwhile. The limits come
 * before anything that needs room. newlocale(3) has this one locale ready and cannot fail. */
void caller_steady(struct caller *caller)
{
	take_user(caller);
	hold_stops(caller);
	raise_limits(caller);
	set_scheduling(caller);
	take_cpus(caller);
	set_timer_slack(caller);
	caller->locale = uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
}

void caller_release(struct caller *caller)
{
	(void)uselocale(caller->locale);
	give_scheduling(caller);
	give_limits(caller);
	give_user(caller);
	pthread_sigmask(SIG_SETMASK, &caller->signals, NULL);
}
