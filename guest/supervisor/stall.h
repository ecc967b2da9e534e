/* SPDX-License-Identifier: MIT */
/*
 * stall.h - a part of the supervisor: looks after a guest whose disk the host cannot write.
 */
#ifndef CARREL_GUEST_SUPERVISOR_STALL_H
#define CARREL_GUEST_SUPERVISOR_STALL_H

#include "loop.h"

#include <stdint.h>

enum stall_state {
	STALL_NONE,
	STALL_OVER,     /* a moment ago: another one counts as the last one again */
	STALL_NO_SPACE, /* QEMU waits for space on the host */
	STALL_FAILING,  /* it waits until the quota has room, or the device works */
	STALL_TRYING,   /* it has been told to go on, a moment ago */
};

struct guest_stall {
	enum stall_state state;
	struct loop_timer timer; /* when the state is looked at again */
	uint64_t wait;           /* microseconds between two tries */
};

extern const struct guest_part stall_part;

#endif
