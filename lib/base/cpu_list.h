/* SPDX-License-Identifier: MIT */
/*
 * cpu_list.h - sets of CPUs, as text in the kernel's list format ("0-3,7", cpuset(7)) and as bits.
 */
#ifndef CARREL_BASE_CPU_LIST_H
#define CARREL_BASE_CPU_LIST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* There are as many CPUs as any kernel is built for (NR_CPUS of x86 with MAXSMP). CPU N is bit N%8
 * of byte N/8, as systemd takes it. */
enum { CPU_LIST_MAX = 8192, CPU_LIST_BYTES = CPU_LIST_MAX / 8 };

/* Parses @text, up to its end or a newline. Returns 0, or -EINVAL where it is no list; an empty one
 * is a list. */
int cpu_list_parse(const char *text, uint8_t ret_cpus[static CPU_LIST_BYTES]);

/* Prints @cpus as the kernel does: in order, ranges folded. */
void cpu_list_print(FILE *out, const uint8_t cpus[static CPU_LIST_BYTES]);

/* Returns whether @a and @b have a CPU in common. */
bool cpu_list_overlap(
	const uint8_t a[static CPU_LIST_BYTES], const uint8_t b[static CPU_LIST_BYTES]);

#endif
