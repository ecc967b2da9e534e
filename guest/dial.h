/* SPDX-License-Identifier: MIT */
/*
 * dial.h - connects to a guest's sshd: by vsock(7), through the guest's door, or by the port of
 * 127.0.0.1 that QEMU forwards to it.
 */
#ifndef CARREL_GUEST_DIAL_H
#define CARREL_GUEST_DIAL_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

/* A guest has this port of 127.0.0.1 where its network namespace is its own. It is above those that
 * only root may bind. */
enum { GUEST_PRIVATE_PORT = 2222 };

struct dial {
	int fd;       /* O_CLOEXEC, non-blocking; -EBADF: none. The caller closes it */
	bool knocked; /* the door has been told the secret, and has not answered yet */
};

#define DIAL_NONE                                                                                  \
	(struct dial)                                                                              \
	{                                                                                          \
		.fd = -EBADF                                                                       \
	}

/* Begins to connect to the vsock @cid, or to @port of 127.0.0.1 where @cid is 0. Returns 0 with
 * *ret_dial, whose descriptor the caller closes, or -errno. */
int dial_begin(uint32_t cid, uint16_t port, struct dial *ret_dial);

/* Goes on with a connection, past the door, which is told @secret (DOOR_SECRET_SIZE bytes; NULL:
 * there is no door). Returns 0 once what is read next is sshd's; -EINPROGRESS to be called again
 * when dial_awaits() has come; or -errno where it is over, -ECONNRESET where others may just have
 * been in the way. */
int dial_go_on(struct dial *dial, const unsigned char *secret);

/* Returns the event of poll(2) that dial_go_on() waits for. */
short dial_awaits(const struct dial *dial);

/* Returns a port of 127.0.0.1 that nobody uses at the moment, or 0 where there is none. */
uint16_t guest_free_port(void);

#endif
