/* SPDX-License-Identifier: MIT */
/*
 * head_start.h - lets the kernel do a slow part of a login before the session is opened.
 */
#ifndef CARREL_SESSION_HEAD_START_H
#define CARREL_SESSION_HEAD_START_H

#include "cgroup/cgroup.h"

#include <sys/types.h>

/*
 * Starts a small process that moves to the cgroup that it stands in. Moving waits for a grace
 * period of RCU, some 10 ms, unless somebody has moved just before (percpu_down_write() of
 * cgroup_threadgroup_rwsem): that process begins to wait in the account phase of a login by sshd,
 * so that the session need not. Where it cannot be started before @deadline, the session waits
 * itself.
 *
 * Does nothing where logind moves the caller anyway, or the caller stands in a place of carrel's.
 */
void session_head_start(uid_t uid, enum cgroup_manager_kind manager, deadline_t deadline);

#endif
