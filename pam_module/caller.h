/* SPDX-License-Identifier: MIT */
/*
 * caller.h - puts aside, while the module works, what its caller (sshd, login, su, …) brings along
 * and the module must not depend on.
 *
 * su runs as root for a user who need not be in a carrel. That user chooses its locale, limits and
 * scheduling, and may signal it, being its real user. None of this may change how a login is
 * decided, or how long one login holds what another waits for.
 */
#ifndef CARREL_PAM_MODULE_CALLER_H
#define CARREL_PAM_MODULE_CALLER_H

#include "base/inheritance.h"

#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

enum { CALLER_LIMITS = 6, CALLER_CPUS = 1024 };

/* Holds what caller_release() gives back. */
struct caller {
	uid_t real_uid; /* of this thread; 0 where it was root's already */
	locale_t locale;
	sigset_t signals;
	struct rlimit limit[CALLER_LIMITS];
	bool limited[CALLER_LIMITS]; /* has been raised */
	struct inheritance_scheduling scheduling;
	bool rescheduled;
	unsigned long cpus[CALLER_CPUS / 8 / sizeof(unsigned long)];
	long cpus_size;            /* bytes; 0: not changed */
	unsigned long timer_slack; /* nanoseconds; 0: not changed */
	int error; /* -errno: the real user could not be changed to root; 0: it was */
};

/*
 * Gives the calling thread, until caller_release(): root as its real user, so that nobody else may
 * send it signals or change its scheduling; the C locale; limits that suffice; the normal
 * scheduling policy, every CPU and the kernel's timer slack. ^Z and the like wait. It needs so
 * little stack that any caller has it; whatever needs more has to be in a function that is called
 * afterwards.
 *
 * caller_release() has to be called in any case. Where caller->error is set, only users who are
 * never confined may go on.
 */
void caller_steady(struct caller *caller);

/* Gives everything back that caller_steady() has changed. */
void caller_release(struct caller *caller);

#endif
