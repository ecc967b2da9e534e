/* SPDX-License-Identifier: MIT */
/*
 * raw.h - a start without a C library, for floor_init.c and as_user.c.
 */
#ifndef CARREL_BENCH_RAW_H
#define CARREL_BENCH_RAW_H

#include "base/rawcall.h"

#if defined(__x86_64__)

/* The stack as the kernel left it is the only argument: argc, argv[], NULL, … */
#define RAW_START(function)                                                                        \
	__asm__(".globl _start\n"                                                                  \
		"_start:\n"                                                                        \
		"	xor %ebp, %ebp\n"                                                                \
		"	mov %rsp, %rdi\n"                                                                \
		"	and $-16, %rsp\n"                                                                \
		"	call " #function "\n")

#elif defined(__aarch64__)

#define RAW_START(function)                                                                        \
	__asm__(".globl _start\n"                                                                  \
		"_start:\n"                                                                        \
		"	mov x29, #0\n"                                                                   \
		"	mov x0, sp\n"                                                                    \
		"	bl " #function "\n")

#else
#error "floor_init knows x86_64 and aarch64 only"
#endif

#endif
