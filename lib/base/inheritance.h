/* SPDX-License-Identifier: MIT */
/*
 * inheritance.h - undoes what a process has inherited from its parent. A root process of carrel's
 * must not keep any of it: the module runs in programs such as su, whose callers choose it all.
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

/* This is the kernel's default timer slack in nanoseconds (PR_SET_TIMERSLACK, prctl(2)). A caller
 * can choose any slack, and it delays every wait with a deadline by that much. */
enum { INHERITANCE_TIMER_SLACK_NS = 50000 };

/*
 * Gives the calling process what a child of PID 1 has: root's user and group ids and no other
 * groups, default limits, the normal scheduling policy, nice value, I/O priority and timer slack,
 * every CPU, no memory policy, no personality, no bias of the OOM killer, umask 022, the default
 * actions of signals, a session without a terminal, and "/" as its working directory. The signal
 * mask and the descriptors are left to the caller, and the environment to execve(2).
 *
 * Makes system calls and nothing else, each for the calling task alone. A child that shares its
 * parent's memory may therefore call it, provided that it was made with CLONE_VFORK: otherwise
 * oom_score_adj would change for all tasks that share the memory.
 *
 * Returns 0, or -errno where the ids or the working directory cannot be set. Limits that a
 * container does not let even its root raise stay as they are.
 */
int inheritance_reset(void);

/* Gives every signal its default action: one that is ignored would stay ignored in a new program
 * (signal(7)). Does so for 32 and 33 as well, which the C library keeps for itself, and which
 * posix_spawn(3) leaves ignored. */
void inheritance_reset_signals(void);

#endif
