/* SPDX-License-Identifier: MIT */
/*
 * dial.h - a connection to the guest's sshd: by vsock(7), or to the port of 127.0.0.1 that QEMU
 * forwards.
 */
#ifndef CARREL_GUEST_DIAL_H
#define CARREL_GUEST_DIAL_H

#include <stdint.h>

/* In a network where there is nobody else. Above those that only root may use. */
enum { GUEST_PRIVATE_PORT = 2222 };

/* Begins to connect; @cid 0 means @port. Returns a descriptor (O_CLOEXEC, non-blocking), which is
 * writable once guest_dialled() tells, or -errno. */
int guest_dial(uint32_t cid, uint16_t port);

/* How it went: 0 connected, -EINPROGRESS, -errno. */
int guest_dialled(int fd);

/* A port of 127.0.0.1 that nobody uses just now. 0 where there is none. */
uint16_t guest_free_port(void);

#endif
