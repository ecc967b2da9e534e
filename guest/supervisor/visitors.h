/* SPDX-License-Identifier: MIT */
/*
 * visitors.h - a part of the supervisor: the two sockets of a guest, and who speaks there.
 */
#ifndef CARREL_GUEST_SUPERVISOR_VISITORS_H
#define CARREL_GUEST_SUPERVISOR_VISITORS_H

#include "base/error.h"
#include "way_in.h"

#include <stdbool.h>

/* A visitor asks for a connection, or speaks at the control socket. */
struct visitor {
	int fd;
	struct way_in way;
	bool control;
	bool stopping; /* it waits to be told of the end */
	bool late;     /* it came when the guest was stopping, and is told to ask the next one */
	char wants;    /* "w": to know when there is a way in; "c": a connection; 0: not said yet */
	size_t used;
	char request[256];
};

#define VISITOR_NONE                                                                               \
	(struct visitor)                                                                           \
	{                                                                                          \
		.fd = -EBADF, .way = WAY_IN_NONE                                                   \
	}

/* Some places are for root alone: no number of logins that wait keeps it from stopping the
 * guest. */
enum { VISITORS_MAX = 264, VISITORS_ROOT = 8 };

struct guest_visitors {
	int connect_fd, control_fd; /* listen */
	struct visitor visitor[VISITORS_MAX];
};

extern const struct guest_part visitors_part;

/* Sets @visitors to none, before anything else is done with them. */
void visitors_clear(struct guest_visitors *visitors);

/* Makes the sockets GUEST_CONNECT and GUEST_CONTROL, and watches them. Returns 0 or -errno with
 * @err. */
int visitors_listen(struct guest *guest, struct carrel_error *err);

/* Returns whether somebody is at the door who has not been let in yet. */
bool visitors_await(const struct guest *guest);

/* Tells all who are left that the guest has ended, and closes the sockets. */
void visitors_dismiss(struct guest *guest);

#endif
