/* SPDX-License-Identifier: MIT */
/*
 * idle.h - a part of the supervisor: looks whether anybody uses the guest, and stops it where
 * nobody does.
 */
#ifndef CARREL_GUEST_SUPERVISOR_IDLE_H
#define CARREL_GUEST_SUPERVISOR_IDLE_H

#include "loop.h"

#include <stdint.h>

struct guest_idle {
	struct loop_timer timer;
	uint64_t since;        /* microseconds for which it has been idle */
	uint64_t cpu;          /* what QEMU had used at the last look, in microseconds */
	deadline_t not_before; /* until then it is not stopped */
};

extern const struct guest_part idle_part;

#endif
