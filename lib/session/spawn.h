/* SPDX-License-Identifier: MIT */
/*
 * spawn.h - starts session-init and speaks with it.
 */
#ifndef CARREL_SESSION_SPAWN_H
#define CARREL_SESSION_SPAWN_H

#include "base/deadline.h"
#include "base/error.h"
#include "plan/plan.h"

#include <stdint.h>
#include <sys/types.h>

#define SESSION_INIT CARREL_LIBEXECDIR "/session-init"

/* A session-init of the caller's. Both descriptors are O_CLOEXEC. */
struct init_process {
	pid_t pid;
	int pidfd;
	int socket;
};

#define INIT_PROCESS_NONE                                                                          \
	{                                                                                          \
		.pid = 0, .pidfd = -EBADF, .socket = -EBADF                                        \
	}

/*
 * Starts session-init in new namespaces (CLONE_NEW* in @namespaces), with the plan and a lease held
 * by the calling process. It is born with one end of *ret_init->socket, no other descriptor, no
 * environment, and every signal blocked. It is an orphan: its death sends the caller no SIGCHLD and
 * is not seen by wait(2).
 */
int init_spawn(uint64_t namespaces, const struct plan_ops *ops, struct init_process *ret_init,
	struct carrel_error *err);

/* Waits until it has carried out the plan. On failure the operation that failed is named in @err;
 * session-init has ended or is to be killed. */
int init_await(const struct init_process *init, const struct plan_ops *ops, deadline_t deadline,
	struct carrel_error *err);

/* Gives the lease back. Never blocks. -ESRCH where session-init is gone. */
int init_release(const struct init_process *init);

/* Kills it and waits a second at most; only before anything else has joined its namespaces (see
 * session_close()). */
void init_kill(struct init_process *init);

/* Closes the descriptors. */
void init_forget(struct init_process *init);

#endif
