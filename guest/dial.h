/* SPDX-License-Identifier: MIT */
/*
 * dial.h - a connection to the guest's sshd: by vsock(7), through the guest's door, or to the port
 * of 127.0.0.1 that QEMU forwards.
 */
#ifndef CARREL_GUEST_DIAL_H
#define CARREL_GUEST_DIAL_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

/* In a network where there is nobody else. Above those that only root may use. */
enum { GUEST_PRIVATE_PORT = 2222 };

struct dial {
	int fd;       /* O_CLOEXEC, non-blocking; -EBADF: none. The caller's to close */
	bool knocked; /* the door has been told the secret, and has not answered yet */
};

#define DIAL_NONE                                                                                  \
	(struct dial)                                                                              \
	{                                                                                          \
		.fd = -EBADF                                                                       \
	}

/* Begins to connect; @cid 0 means @port. 0 or -errno. */
int dial_begin(uint32_t cid, uint16_t port, struct dial *ret_dial);

/* Goes on with it: past the door, whose @secret (DOOR_SECRET_SIZE bytes; NULL: there is no door) it
 * tells. 0: what is read next is sshd's; -EINPROGRESS: once dial_awaits() is there (poll(2)),
 * again; -errno: it is over, with -ECONNRESET where others may just have been in the way. */
int dial_go_on(struct dial *dial, const unsigned char *secret);
short dial_awaits(const struct dial *dial);

/* A port of 127.0.0.1 that nobody uses just now. 0 where there is none. */
uint16_t guest_free_port(void);

#endif
