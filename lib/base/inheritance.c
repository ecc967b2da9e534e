// SPDX-License-Identifier: MIT
/*
 * inheritance.c - resets what a process has inherited, step by step from one table, so that nobody
 * has to remember a part of it.
 */
#include "base/inheritance.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* These functions may run in a parent's memory, where the C library's variables are the parent's.
 * They therefore call no wrapper that keeps the library's threads in step (nptl(7)), takes a lock,
 * or is a point where a thread may be cancelled (pthreads(7)). */

static int reset_groups(void)
{
	/* A user namespace that forbids this (setgroups(2)) leaves no groups to be rid of. */
	(void)syscall(SYS_setgroups, 0, NULL);
	return syscall(SYS_setresgid, 0, 0, 0) < 0 ? -errno : 0;
}

static int reset_users(void)
{
	return syscall(SYS_setresuid, 0, 0, 0) < 0 ? -errno : 0;
}

/* These are the limits that PID 1 has, or that systemd gives to a service. */
static const struct {
	int resource;
	struct rlimit limit;
} limits[] = {
	{RLIMIT_CPU, {RLIM_INFINITY, RLIM_INFINITY}},
	{RLIMIT_FSIZE, {RLIM_INFINITY, RLIM_INFINITY}},
	{RLIMIT_DATA, {RLIM_INFINITY, RLIM_INFINITY}},
	{RLIMIT_STACK, {8 << 20, RLIM_INFINITY}},
	{RLIMIT_CORE, {0, RLIM_INFINITY}},
	{RLIMIT_RSS, {RLIM_INFINITY, RLIM_INFINITY}},
	{RLIMIT_NPROC, {RLIM_INFINITY, RLIM_INFINITY}},
	{RLIMIT_NOFILE, {1024, 524288}},
	{RLIMIT_MEMLOCK, {8 << 20, 8 << 20}},
	{RLIMIT_AS, {RLIM_INFINITY, RLIM_INFINITY}},
	{RLIMIT_LOCKS, {RLIM_INFINITY, RLIM_INFINITY}},
	{RLIMIT_SIGPENDING, {RLIM_INFINITY, RLIM_INFINITY}},
	{RLIMIT_MSGQUEUE, {819200, 819200}},
	{RLIMIT_NICE, {0, 0}},
	{RLIMIT_RTPRIO, {0, 0}},
	{RLIMIT_RTTIME, {RLIM_INFINITY, RLIM_INFINITY}},
};

static int reset_resource_limits(void)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const __rlimit_resource_t resource = (__rlimit_resource_t)limits[i].resource;
		struct rlimit limit = limits[i].limit, now;

		/* CAP_SYS_RESOURCE of the host may be missing, or fs.nr_open be lower. Then the
		 * limit is set as high as it may be. */
		if (setrlimit(resource, &limit) == 0 || getrlimit(resource, &now) < 0)
			continue;
		if (limit.rlim_cur > now.rlim_max)
			limit.rlim_cur = now.rlim_max;
		limit.rlim_max = now.rlim_max;
		(void)setrlimit(resource, &limit);
	}
	return 0;
}

static int reset_scheduling(void)
{
	struct inheritance_scheduling normal = {.size = sizeof(normal), .policy = SCHED_OTHER};
	unsigned char every_cpu[1024];

	/* The kernel leaves out CPUs that do not exist or are not in the process's cpuset. */
	memset(every_cpu, 0xff, sizeof(every_cpu));
	(void)syscall(SYS_sched_setattr, 0, &normal, 0);
	(void)syscall(SYS_sched_setaffinity, 0, sizeof(every_cpu), every_cpu);
	(void)syscall(SYS_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, 0, 0);
	(void)syscall(SYS_set_mempolicy, 0 /* MPOL_DEFAULT */, NULL, 0);
	(void)prctl(PR_SET_TIMERSLACK, INHERITANCE_TIMER_SLACK_NS, 0, 0, 0);
	return 0;
}

static int reset_oom_score(void)
{
	int fd = (int)syscall(
		SYS_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	/* Zero may be lower than a container's own root may set. */
	(void)syscall(SYS_write, fd, "0", 1);
	(void)syscall(SYS_close, fd);
	return 0;
}

/* Gives every signal its default action. A signal that is ignored would stay ignored in a new
 * program (signal(7)). */
static int reset_signals(void)
{
	/* This is the kernel's struct: SIG_DFL, no flags, no restorer, an empty mask. */
	static const unsigned long none[4];

	for (int number = 1; number < NSIG; number++)
		(void)syscall(SYS_rt_sigaction, number, none, NULL, sizeof(none[3]));
	return 0;
}

static int reset_surroundings(void)
{
	/* This leaves the caller's session and process group, and its terminal. */
	(void)syscall(SYS_setsid);
	(void)personality(PER_LINUX);
	(void)umask(022);
	return chdir("/") < 0 ? -errno : 0;
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
