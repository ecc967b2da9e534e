/* SPDX-License-Identifier: MIT */
/*
 * connected.h - whether anybody is connected to a guest.
 */
#ifndef CARREL_GUEST_CONNECTED_H
#define CARREL_GUEST_CONNECTED_H

#include <stdint.h>

/* Tells whether anybody is connected to the guest whose vsock is @cid or, where that is 0, to the
 * @port of 127.0.0.1 that leads into it. Returns 1; 0; or -errno where the kernel does not tell:
 * -ENOENT for a vsock without vsock_diag. */
int guest_connected(uint32_t cid, uint16_t port);

#endif
