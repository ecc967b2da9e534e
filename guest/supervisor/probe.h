/* SPDX-License-Identifier: MIT */
/*
 * probe.h - a part of the supervisor: has logins tried until one works, and then calls
 * guest_is_ready().
 */
#ifndef CARREL_GUEST_SUPERVISOR_PROBE_H
#define CARREL_GUEST_SUPERVISOR_PROBE_H

#include "prober.h"
#include "way_in.h"

#include <stdint.h>

struct guest_probe {
	struct loop_timer timer;
	struct way_in way;    /* the connection whose banner is waited for */
	struct prober prober; /* the caller of guest_supervise() starts it */
	uint64_t patience;    /* microseconds, for sshd's first line */
};

#define PROBE_NONE                                                                                 \
	(struct guest_probe)                                                                       \
	{                                                                                          \
		.way = WAY_IN_NONE, .prober = PROBER_NONE                                          \
	}

extern const struct guest_part probe_part;

#endif
