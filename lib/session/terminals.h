/* SPDX-License-Identifier: MIT */
/*
 * terminals.h - the pseudo-terminals of sessions: one instance of devpts a user ([mounts]
 * terminals), which lives as long as a session that has it, and is mounted nowhere else.
 */
#ifndef CARREL_SESSION_TERMINALS_H
#define CARREL_SESSION_TERMINALS_H

#include "base/error.h"
#include "plan/plan.h"
#include "session/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * What session-init needs for PLAN_OP_TERMINALS, where the plan has that: the mount namespace of a
 * session whose instance is the user's, or else a new instance. That is made here and not by
 * session-init: only the host's mount namespace shares in the reserve (plan/terminals.c). The
 * caller holds the user's lock, so that there are not two, and closes *ret_fd, which is -EBADF
 * where nothing is needed. 0, or -errno and @err.
 */
int terminals_take(const struct plan *plan, int *ret_fd, struct carrel_error *err);

/*
 * The folder /dev/pts as the session sees it, in *ret_dir, for the caller to close. The path leads
 * through folders of root's only, and through the mount namespace of the session, in which no user
 * can mount anything. 0; -ESRCH: the session has ended, or has no session-init; -ENODEV: there is
 * no devpts; -errno. Needs CAP_KILL, as session-init has it, or CAP_SYS_PTRACE (ptrace(2)).
 */
int terminals_open(const struct session_record *record, int *ret_dir);

/* The caller's own /dev/pts: the host's. The same results. */
int terminals_open_host(int *ret_dir);

/* The device number of the instance; two folders with the same one show the same terminals. */
dev_t terminals_device(int dir);

/*
 * Writes @size bytes to terminal @number, if it is @uid's. Never waits, also where somebody has
 * stopped its output, and takes no terminal for the caller's own. 0; -EPERM: it is somebody else's;
 * -EAGAIN: stopped; -errno.
 */
int terminals_write(int dir, unsigned number, uid_t uid, const char *text, size_t size);

/* The same for all terminals that are @uid's. How many it has reached. */
size_t terminals_write_all(int dir, uid_t uid, const char *text, size_t size);

#endif
