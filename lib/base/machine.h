/* SPDX-License-Identifier: MIT */
/*
 * machine.h - tells how large the machine is and whether systemd is its init.
 */
#ifndef CARREL_BASE_MACHINE_H
#define CARREL_BASE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

/* Returns the bytes of RAM that the kernel manages, or 0 where it does not tell. */
uint64_t machine_memory(void);

/* Returns how many CPUs are online: 1 at least. */
uint64_t machine_cpus(void);

/* Returns true if systemd is the machine's init, as sd_booted(3) tells it. */
bool machine_runs_systemd(void);

#endif
