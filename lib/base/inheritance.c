// SPDX-License-Identifier: MIT
/*
 * inheritance.c - resets what a process has inherited, step by step from one table, so that nobody
 * has to remember a part of it.
 */
#include "base/inheritance.h"
#include "base/rawcall.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* These functions may run in a parent's memory, where the C library's variables are the parent's.
 * They therefore call no wrapper that keeps the library's threads in step (nptl(7)), takes a lock,
 * sets errno, or is a point where a thread may be cancelled (pthreads(7)). */

static int reset_groups(void)
{
	/* A user namespace that forbids this (setgroups(2)) leaves no groups to be rid of. */
	(void)raw_call(SYS_setgroups, 0, 0, 0, 0, 0);
	return (int)raw_call(SYS_setresgid, 0, 0, 0, 0, 0);
}

static int reset_users(void)
{
	return (int)raw_call(SYS_setresuid, 0, 0, 0, 0, 0);
}

/* These are the limits that PID 1 has, or that systemd gives to a service. */
static const struct {
	int resource;
	struct rlimit64 limit;
} limits[] = {
	{RLIMIT_CPU, {RLIM64_INFINITY, RLIM64_INFINITY}},
	{RLIMIT_FSIZE, {RLIM64_INFINITY, RLIM64_INFINITY}},
	{RLIMIT_DATA, {RLIM64_INFINITY, RLIM64_INFINITY}},
	{RLIMIT_STACK, {8 << 20, RLIM64_INFINITY}},
	{RLIMIT_CORE, {0, RLIM64_INFINITY}},
	{RLIMIT_RSS, {RLIM64_INFINITY, RLIM64_INFINITY}},
	{RLIMIT_NPROC, {RLIM64_INFINITY, RLIM64_INFINITY}},
	{RLIMIT_NOFILE, {1024, 524288}},
	{RLIMIT_MEMLOCK, {8 << 20, 8 << 20}},
	{RLIMIT_AS, {RLIM64_INFINITY, RLIM64_INFINITY}},
	{RLIMIT_LOCKS, {RLIM64_INFINITY, RLIM64_INFINITY}},
	{RLIMIT_SIGPENDING, {RLIM64_INFINITY, RLIM64_INFINITY}},
	{RLIMIT_MSGQUEUE, {819200, 819200}},
	{RLIMIT_NICE, {0, 0}},
	{RLIMIT_RTPRIO, {0, 0}},
	{RLIMIT_RTTIME, {RLIM64_INFINITY, RLIM64_INFINITY}},
};

static int reset_resource_limits(void)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct rlimit64 limit = limits[i].limit, now;
		int resource = limits[i].resource;

		/* CAP_SYS_RESOURCE of the host may be missing, or fs.nr_open be lower. Then the
		 * limit is set as high as it may be. */
		if (raw_call(SYS_prlimit64, 0, resource, (long)&limit, 0, 0) == 0 ||
			raw_call(SYS_prlimit64, 0, resource, 0, (long)&now, 0) < 0)
			continue;
		if (limit.rlim_cur > now.rlim_max)
			limit.rlim_cur = now.rlim_max;
		limit.rlim_max = now.rlim_max;
		(void)raw_call(SYS_prlimit64, 0, resource, (long)&limit, 0, 0);
	}
	return 0;
}

static int reset_scheduling(void)
{
	enum { WHO_PROCESS = 1, DEFAULT_POLICY = 0 }; /* of ioprio_set(2) and set_mempolicy(2) */
	struct inheritance_scheduling normal = {.size = sizeof(normal), .policy = SCHED_OTHER};
	unsigned char every_cpu[1024];

	/* The kernel leaves out CPUs that do not exist or are not in the process's cpuset. */
	memset(every_cpu, 0xff, sizeof(every_cpu));
	(void)raw_call(SYS_sched_setattr, 0, (long)&normal, 0, 0, 0);
	(void)raw_call(SYS_sched_setaffinity, 0, sizeof(every_cpu), (long)every_cpu, 0, 0);
	(void)raw_call(SYS_ioprio_set, WHO_PROCESS, 0, 0, 0, 0);
	(void)raw_call(SYS_set_mempolicy, DEFAULT_POLICY, 0, 0, 0, 0);
	(void)raw_call(SYS_prctl, PR_SET_TIMERSLACK, INHERITANCE_TIMER_SLACK_NS, 0, 0, 0);
	return 0;
}

static int reset_oom_score(void)
{
	static const char path[] = "/proc/self/oom_score_adj", none[] = "0";
	long fd = raw_call(SYS_openat, AT_FDCWD, (long)path, O_WRONLY | O_CLOEXEC, 0, 0);

	if (fd < 0)
		return 0;
	/* Zero may be lower than a container's own root may set. */
	(void)raw_call(SYS_write, fd, (long)none, 1, 0, 0);
	(void)raw_call(SYS_close, fd, 0, 0, 0, 0);
	return 0;
}

void inheritance_reset_signals(void)
{
	/* This is the kernel's struct: SIG_DFL, no flags, no restorer, an empty mask. */
	static const unsigned long none[4];

	for (int number = 1; number < NSIG; number++)
		(void)raw_call(SYS_rt_sigaction, number, (long)none, 0, sizeof(none[3]), 0);
}

static int reset_signals(void)
{
	inheritance_reset_signals();
	return 0;
}

static int reset_surroundings(void)
{
	/* This leaves the caller's session and process group, and its terminal. */
	(void)raw_call(SYS_setsid, 0, 0, 0, 0, 0);
	(void)raw_call(SYS_personality, PER_LINUX, 0, 0, 0, 0);
	(void)raw_call(SYS_umask, 022, 0, 0, 0, 0);
	return (int)raw_call(SYS_chdir, (long)"/", 0, 0, 0, 0);
}

/* The limits are reset before any step that may need what they limit. The user ids come first of
 * all: until then, whoever has the real user id may send signals and change the scheduling. */
static int (*const resets[])(void) = {
	reset_users,
	reset_groups,
	reset_resource_limits,
	reset_scheduling,
	reset_oom_score,
	reset_signals,
	reset_surroundings,
};

int inheritance_reset(void)
{
	for (size_t i = 0; i < sizeof(resets) / sizeof(resets[0]); i++) {
		int r = resets[i]();

		if (r < 0)
			return r;
	}
	return 0;
}
