/* SPDX-License-Identifier: MIT */
/*
 * machine.h - how large the machine is.
 */
#ifndef CARREL_BASE_MACHINE_H
#define CARREL_BASE_MACHINE_H

#include <stdint.h>

/* Bytes of RAM that the kernel manages; 0 where it does not tell. */
uint64_t machine_memory(void);

/* CPUs that are online; at least 1. */
uint64_t machine_cpus(void);

#endif
