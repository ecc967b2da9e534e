/* SPDX-License-Identifier: MIT */
/*
 * supervisor.h - guest-launch once QEMU runs: one loop that watches it, tells how it is, lets
 * others in, and ends it.
 */
#ifndef CARREL_GUEST_SUPERVISOR_SUPERVISOR_H
#define CARREL_GUEST_SUPERVISOR_SUPERVISOR_H

#include "guest.h"

/* The parts of a supervisor, for struct guest. */
extern const struct guest_part *const supervisor_parts[];

/* Watches over @guest until it has ended. The caller has started QEMU and the prober, has called
 * visitors_listen(), and has set parts, settings, record, readers, run_fd, disk_fd, qemu and
 * signal_fd. Returns the exit code of guest-launch. */
int guest_supervise(struct guest *guest);

#endif
