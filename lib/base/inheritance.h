/* SPDX-License-Identifier: MIT */
/*
 * inheritance.h - what a process inherits from whoever started it, and a root process of carrel's
 * must not: the module runs in programs, such as su, whose callers choose all of it.
 */
#ifndef CARREL_BASE_INHERITANCE_H
#define CARREL_BASE_INHERITANCE_H

#include <stdint.h>

/* The first version of the argument of sched_setattr(2), which every kernel knows and only some C
 * libraries declare. */
struct inheritance_scheduling {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

/* The kernel's default (prctl(2), PR_SET_TIMERSLACK), in nanoseconds. A caller's may be of any
 * length, and delays every wait with a deadline by as much. */
enum { INHERITANCE_TIMER_SLACK_NS = 50000 };

/*
 * Gives the calling process what a process of PID 1's has: root's user and group ids and no other
 * groups, default limits, the normal scheduling policy, nice value, I/O priority and timer slack,
 * every CPU, no memory policy, no personality, no bias of the OOM killer, umask 022, the default
 * actions of signals, a session without a terminal, and "/" as its working directory. The signal
 * mask and descriptors are the caller's affair; the environment is execve(2)'s.
 *
 * It makes system calls and nothing else, each for the calling task alone: it may be called by a
 * child that shares its parent's memory, if that child was made with CLONE_VFORK (oom_score_adj
 * would be that of everybody in the memory otherwise).
 *
 * Returns 0, or -errno where the ids or the working directory cannot be had. What a container does
 * not let even its root raise stays as it is.
 */
int inheritance_reset(void);

#endif
