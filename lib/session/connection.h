/* SPDX-License-Identifier: MIT */
/*
 * connection.h - connects to a session-init that listens.
 */
#ifndef CARREL_SESSION_CONNECTION_H
#define CARREL_SESSION_CONNECTION_H

#include "base/deadline.h"

/*
 * Connects to the SOCK_SEQPACKET socket at @path before @deadline: the queue of a session-init that
 * is stopped is soon full, and connect(2) would wait for ever. Returns a descriptor (O_CLOEXEC,
 * non-blocking), which the caller closes, or -errno, -ETIMEDOUT at the deadline.
 */
int connect_before(const char *path, deadline_t deadline);

#endif
