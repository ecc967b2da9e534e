/* SPDX-License-Identifier: MIT */
/*
 * head_start.h - what a login can let the kernel do before its session is opened.
 */
#ifndef CARREL_SESSION_HEAD_START_H
#define CARREL_SESSION_HEAD_START_H

#include "cgroup/cgroup.h"

#include <sys/types.h>

/*
 * Moving into a cgroup waits for a grace period of RCU, some 10 ms, where nobody has moved just
 * before (percpu_down_write() of cgroup_threadgroup_rwsem). A small process that moves to where it
 * is waits in the caller's stead, from now on: the account phase of a login by sshd is that much
 * before its session. Where it cannot be started before @deadline the session waits by itself, as
 * long as before.
 *
 * Nothing where logind moves the caller anyway, or where the caller has not far to go.
 */
void session_head_start(uid_t uid, enum cgroup_manager_kind manager, deadline_t deadline);

#endif
