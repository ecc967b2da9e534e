/* SPDX-License-Identifier: MIT */
/*
 * dial.h - connects to a guest's sshd: by vsock(7), or by the port of 127.0.0.1 that QEMU forwards
 * to it.
 */
#ifndef CARREL_GUEST_DIAL_H
#define CARREL_GUEST_DIAL_H

#include <stdint.h>

/* A guest has this port of 127.0.0.1 where its network namespace is its own. It is above those that
 * only root may bind. */
enum { GUEST_PRIVATE_PORT = 2222 };

/* Begins to connect to the vsock @cid, or to @port of 127.0.0.1 where @cid is 0. Returns a
 * descriptor (O_CLOEXEC, non-blocking), which the caller closes, or -errno. It is writable once
 * guest_dialled() knows how it went. */
int guest_dial(uint32_t cid, uint16_t port);

/* Tells how the connection of guest_dial() went: returns 0 once it is there, -EINPROGRESS before,
 * or the -errno of its failure, which the kernel tells once (SO_ERROR, socket(7)). */
int guest_dialled(int fd);

/* Returns a port of 127.0.0.1 that nobody uses at the moment, or 0 where there is none. */
uint16_t guest_free_port(void);

#endif
