/* SPDX-License-Identifier: MIT */
/*
 * client.h - the command's side of a guest's control socket (visitors.c), for root.
 */
#ifndef CARREL_GUEST_CLIENT_H
#define CARREL_GUEST_CLIENT_H

#include "base/deadline.h"
#include "base/error.h"
#include "base/proc.h"

#include <jansson.h>
#include <sys/types.h>

/* Connects to the supervisor of @uid's guest and sends {"do": @verb}: to @supervisor and to nobody
 * who has come after it; NULL: to whoever runs. Returns a descriptor, -ENOENT where no such guest
 * runs, -errno. */
int guest_client_ask(
	uid_t uid, const struct proc_id *supervisor, const char *verb, struct carrel_error *err);

/* The next line of the answer, an object (json_decref()); NULL at the end, on a deadline or for
 * anything else. Reads not a byte more. */
json_t *guest_client_read(int fd, deadline_t deadline);

#endif
