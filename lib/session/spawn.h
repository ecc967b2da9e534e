/* SPDX-License-Identifier: MIT */
/*
 * spawn.h - starts session-init and speaks with it.
 */
#ifndef CARREL_SESSION_SPAWN_H
#define CARREL_SESSION_SPAWN_H

#include "base/deadline.h"
#include "base/error.h"
#include "plan/plan.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SESSION_INIT CARREL_LIBEXECDIR "/session-init"

/* Describes a session-init whose lease the caller holds. Both descriptors are O_CLOEXEC. */
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
 * by the calling process and the descriptor @terminals for PLAN_OP_TERMINALS (-EBADF: none), before
 * @deadline. It is an orphan (orphan.h) that is born with one end of *ret_init->socket.
 */
int init_spawn(uint64_t namespaces, const struct plan_ops *ops, int terminals, deadline_t deadline,
	struct init_process *ret_init, struct carrel_error *err);

/* Sends the plan to a session-init that was started without one (@ops NULL), so that it could be
 * moved to a cgroup of its own before it does anything. Returns 0 or -errno. */
int init_send_plan(const struct init_process *init, const struct plan_ops *ops, int terminals);

/* Sends @message, of @size bytes, with a pidfd of the calling process. Returns 0 or -errno. */
int init_send_lease(int socket, void *message, size_t size);

/* Waits until session-init has carried out the plan. Returns 0, or -errno and @err, which names the
 * operation that failed; session-init has then ended, or is to be killed. */
int init_await(const struct init_process *init, const struct plan_ops *ops, deadline_t deadline,
	struct carrel_error *err);

/* Gives the lease back, without blocking. Returns 0; -ESRCH where session-init is gone; -errno
 * where nothing could be sent: then the lease ends with its holder. */
int init_release(const struct init_process *init);

/* Does the same for a session-init that no other login shares, which is ended by a signal where
 * nothing could be sent. */
int init_end(const struct init_process *init);

/* Kills session-init and waits for its end, a second at the most. Only to be called before anything
 * else has joined its namespaces (see session_close()). */
void init_kill(struct init_process *init);

/* Closes the descriptors of @init, and changes nothing else. */
void init_forget(struct init_process *init);

#endif
