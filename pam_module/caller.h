/* SPDX-License-Identifier: MIT */
/*
 * caller.h - what the module's caller (sshd, login, su, …) brings along and the module must not
 * depend on, for as long as it works.
 *
 * su runs as root for a user who need not be in a carrel, and who chooses its locale, limits,
 * scheduling and, by being its real user, who may signal it. Two logins must not be decided
 * differently for that, nor may one of them hold what another waits for.
 */
#ifndef CARREL_PAM_MODULE_CALLER_H
#define CARREL_PAM_MODULE_CALLER_H

#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

enum { CALLER_LIMITS = 6, CALLER_CPUS = 1024 };

/* sched_setattr(2), as every kernel knows it. */
struct caller_scheduling {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

/* What it was before. */
struct caller {
	uid_t real_uid; /* of this thread; 0 where it was root's already */
	locale_t locale;
	sigset_t signals;
	struct rlimit limit[CALLER_LIMITS];
	bool limited[CALLER_LIMITS]; /* has been raised */
	struct caller_scheduling scheduling;
	bool rescheduled;
	unsigned long cpus[CALLER_CPUS / 8 / sizeof(unsigned long)];
	long cpus_size;            /* bytes; 0: not changed */
	unsigned long timer_slack; /* nanoseconds; 0: not changed */
	int error;                 /* -errno: another user still is the real one */
};

/*
 * Until caller_release() the calling thread has root as its real user, so that nobody else may send
 * it signals or change its scheduling; the C locale; limits that suffice; the normal scheduling
 * policy, every CPU, the kernel's timer slack. ^Z and the like wait. Small enough for any stack:
 * what needs more comes in a function that is called afterwards.
 *
 * It always has to be released. caller->error is set where the real user could not be taken away:
 * only those who are confined in no case may go on then.
 */
void caller_steady(struct caller *caller);

/* Gives everything back. */
void caller_release(struct caller *caller);

#endif
