/* SPDX-License-Identifier: MIT */
/*
 * client.h - the command's side of a guest's sockets (visitors.c).
 */
#ifndef CARREL_GUEST_CLIENT_H
#define CARREL_GUEST_CLIENT_H

#include "base/deadline.h"
#include "base/error.h"
#include "base/proc.h"

#include <jansson.h>
#include <sys/types.h>

/* Connects to the supervisor of @uid's guest and sends {"do": @verb}. It is sent to @supervisor and
 * to no process that has taken its place; NULL: to any supervisor. Returns a descriptor, which the
 * caller closes, or -errno with @err: -ENOENT where no such guest runs. */
int guest_client_ask(
	uid_t uid, const struct proc_id *supervisor, const char *verb, struct carrel_error *err);

/* Attaches to the console of @uid's guest: as root by the control socket, as @uid by the socket of
 * that user's logins. Returns a descriptor, which the caller closes, or -errno with @err: -ENOENT
 * where no guest runs, -EACCES for anybody else, -EBUSY where the supervisor refuses. */
int guest_client_console(uid_t uid, deadline_t deadline, struct carrel_error *err);

/* Sends SIGTERM to the supervisor of @uid's guest. It means the same as "stop", and is also heard
 * while a start repairs the disk, when the supervisor does not look at its socket. Returns 0 or
 * -errno: -ESRCH where no supervisor lives. */
int guest_client_signal(uid_t uid);

/* Reads the next line of the answer, and not a byte more. Returns an object, which the caller frees
 * by json_decref(); NULL at the end, past the deadline, and where the line is not JSON. */
json_t *guest_client_read(int fd, deadline_t deadline);

#endif
