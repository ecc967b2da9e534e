/* SPDX-License-Identifier: MIT */
/*
 * orphan.h - starts a program that is no child of the caller's, from within a process (sshd, su) in
 * which nothing may be left behind and whose caller may do harm.
 */
#ifndef CARREL_SESSION_ORPHAN_H
#define CARREL_SESSION_ORPHAN_H

#include "base/deadline.h"
#include "base/error.h"

#include <stdint.h>
#include <sys/types.h>

/* Where a program finds the descriptor that it is given. */
enum { ORPHAN_SOCKET = 3 };

/* What is to be started; orphan_start() copies all of it. */
struct orphan_program {
	const char *path;     /* absolute, below PATH_MAX */
	const char *name;     /* argv[0], NULL: @path */
	const char *argument; /* argv[1], NULL: none */
	const char *second;   /* argv[2], NULL: none */
	int socket;           /* becomes ORPHAN_SOCKET, above which it must be; -EBADF: none */
	uint64_t namespaces;  /* CLONE_NEW*: those that it is born in */
};

struct orphan {
	pid_t pid; /* in the caller's pid namespace */
	int pidfd; /* O_CLOEXEC, the caller's */
};

/* Describes a program that is being started. */
struct orphan_birth {
	struct orphan_memory *memory; /* NULL: none is */
	pid_t between;
	deadline_t deadline;
};

/*
 * Begins to start @program: with no descriptor but its socket, no environment, nothing that is
 * inherited but what inheritance.h leaves, and every signal blocked. The host's PID 1 is its parent
 * from the start: its death sends the caller no SIGCHLD and is not seen by wait(2).
 *
 * The program's first steps, until it has been executed, are taken in the caller's memory, while
 * the caller goes on. They have a copy of the caller's descriptors, and need the socket: the caller
 * keeps it open until orphan_finish(). Returns 0 and *ret_birth, to be given to orphan_finish(); or
 * -errno.
 */
int orphan_begin(const struct orphan_program *program, deadline_t deadline,
	struct orphan_birth *ret_birth, struct carrel_error *err);

/*
 * Waits until those first steps are over: @program has been executed, or has ended and *ret_orphan
 * is not written. Where neither could be seen before the deadline it has been killed, and the
 * memory is given up, not freed.
 *
 * Returns 0, or -errno, -ETIMEDOUT at the deadline. An error of a program that is missing or cannot
 * be executed, or of a kernel without one of the namespaces, is marked (error_installation()).
 */
int orphan_finish(struct orphan_birth *birth, struct orphan *ret_orphan, struct carrel_error *err);

/* Begins and finishes the start of @program in one. */
int orphan_start(const struct orphan_program *program, deadline_t deadline,
	struct orphan *ret_orphan, struct carrel_error *err);

/* Waits until the process of @pidfd has ended, whoever reaps it, but a second at most: one may hang
 * in the kernel (a dead file server). */
void orphan_await_end(int pidfd);

#endif
