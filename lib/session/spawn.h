/* SPDX-License-Identifier: MIT */
/*
 * spawn.h - starts session-init and speaks with it.
 */
#ifndef CARREL_SESSION_SPAWN_H
#define CARREL_SESSION_SPAWN_H

#include "base/deadline.h"
#include "base/error.h"
#include "plan/plan.h"
#include "session/orphan.h"
#include "session/parts.h"

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

/* Describes a session-init that is being started. Both sockets are O_CLOEXEC. */
struct init_birth {
	struct orphan_birth program;
	int mine, its;
};

#define INIT_BIRTH_NONE                                                                            \
	{                                                                                          \
		.mine = -EBADF, .its = -EBADF                                                      \
	}

/*
 * Begins to start session-init in new namespaces (CLONE_NEW* in @namespaces), where the caller
 * stands. It is an orphan (orphan.h) that is born with one end of a socket pair, where it waits for
 * its plan. Returns 0 and *ret_birth, to be given to init_finish(); or -errno.
 */
int init_begin(uint64_t namespaces, deadline_t deadline, struct init_birth *ret_birth,
	struct carrel_error *err);

/* Waits until session-init has been executed, or has ended (orphan_finish()). Takes the sockets.
 * Returns 0, or -errno. */
int init_finish(struct init_birth *birth, struct init_process *ret_init, struct carrel_error *err);

/* Sends session-init its plan at the other end of @socket, with a lease held by the calling
 * process, the @parts that have been made, and the descriptor @terminals for PLAN_OP_TERMINALS
 * (-EBADF: none). Nobody has to have received anything yet. Returns 0 or -errno. */
int init_send_plan(
	int socket, const struct plan_ops *ops, const struct parts *parts, int terminals);

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
