/* SPDX-License-Identifier: MIT */
/*
 * cpu_list.h - converts sets of CPUs between the kernel's list format ("0-3,7", cpuset(7)) and
 * bits.
 */
#ifndef CARREL_BASE_CPU_LIST_H
#define CARREL_BASE_CPU_LIST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* CPU_LIST_MAX is the largest number of CPUs that any kernel is built for (NR_CPUS of x86 with
 * MAXSMP). CPU N is bit N%8 of byte N/8: systemd expects this order. */
enum { CPU_LIST_MAX = 8192, CPU_LIST_BYTES = CPU_LIST_MAX / 8 };

/* Parses @text up to its end or to a newline. An empty text is a valid, empty list. Returns 0, or
 * -EINVAL where @text is not a list. */
int cpu_list_parse(const char *text, uint8_t ret_cpus[static CPU_LIST_BYTES]);

/* Prints @cpus as the kernel does: in ascending order, neighbours as a range. */
void cpu_list_print(FILE *out, const uint8_t cpus[static CPU_LIST_BYTES]);

/* Returns whether @a and @b have a CPU in common. */
bool cpu_list_overlap(
	const uint8_t a[static CPU_LIST_BYTES], const uint8_t b[static CPU_LIST_BYTES]);

#endif
