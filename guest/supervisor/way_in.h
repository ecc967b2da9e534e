/* SPDX-License-Identifier: MIT */
/*
 * way_in.h - connections to the guest's sshd, as part of the supervisor's loop.
 */
#ifndef CARREL_GUEST_SUPERVISOR_WAY_IN_H
#define CARREL_GUEST_SUPERVISOR_WAY_IN_H

#include "guest/dial.h"
#include "loop.h"

#include <stdbool.h>

struct guest;

/* This is a connection to the guest's sshd, or one on its way there. */
struct way_in {
	struct dial dial;
	loop_fn *run;
	int tries;
	bool through; /* what is read next is sshd's */
};

#define WAY_IN_NONE                                                                                \
	(struct way_in)                                                                            \
	{                                                                                          \
		.dial = DIAL_NONE                                                                  \
	}

/* Begins to connect to the guest's sshd. @run is called with the guest whenever way_in_go_on() is
 * due, and, once that has returned 0, whenever there is something to read from way->dial.fd.
 * Returns 0 or -errno. */
int way_in_begin(struct guest *guest, struct way_in *way, loop_fn *run);

/* Goes on with it. Returns as dial_go_on() does, and tries again where others were in the way. */
int way_in_go_on(struct guest *guest, struct way_in *way);

/* Closes the connection; does nothing where there is none. */
void way_in_end(struct guest *guest, struct way_in *way);

#endif
