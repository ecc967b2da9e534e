/* SPDX-License-Identifier: MIT */
/*
 * terminals.h - the pseudo-terminals of sessions: one instance of devpts a user ([mounts]
 * terminals), which lives as long as a session that has it, and is mounted nowhere else.
 */
#ifndef CARREL_SESSION_TERMINALS_H
#define CARREL_SESSION_TERMINALS_H

#include "base/error.h"
#include "plan/plan.h"
#include "session/inventory.h"
#include "session/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Opens what session-init needs for PLAN_OP_TERMINALS: the mount namespace of a session, one of
 * @inventory, that has the user's instance, or else a new instance. session-init cannot make that,
 * because only the host's mount namespace shares in the reserve (plan/terminals.c). The caller
 * holds the user's lock, so that there are not two instances. Returns 0 and *ret_fd, which the
 * caller closes and which is not written where the plan has no such operation; or -errno and @err.
 */
int terminals_take(const struct plan *plan, const struct inventory *inventory, int *ret_fd,
	struct carrel_error *err);

/*
 * Opens the folder /dev/pts as the session sees it. The path leads through folders of root's only,
 * and through the mount namespace of the session, in which no user can mount anything. Returns 0
 * and *ret_dir, which the caller closes; -ESRCH where the session has ended or has no session-init;
 * -ENODEV where there is no devpts; or -errno. Needs CAP_KILL, as session-init has it, or
 * CAP_SYS_PTRACE (ptrace(2)).
 */
int terminals_open(const struct session_record *record, int *ret_dir);

/* Opens the caller's own /dev/pts, which is the host's. The results are those of terminals_open().
 */
int terminals_open_host(int *ret_dir);

/* Returns the device number of the instance; two folders with the same one show the same terminals.
 */
dev_t terminals_device(int dir);

/*
 * Writes @size bytes to the terminal @number, if it is @uid's. It never waits, not even where
 * somebody has stopped the output, and the terminal does not become the caller's controlling one.
 * Returns 0; -EPERM where it is somebody else's; -EAGAIN where its output is stopped; or -errno.
 */
int terminals_write(int dir, unsigned number, uid_t uid, const char *text, size_t size);

/* Writes in the same way to all terminals that are @uid's. Returns how many it has reached. */
size_t terminals_write_all(int dir, uid_t uid, const char *text, size_t size);

#endif
