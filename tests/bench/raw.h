/* SPDX-License-Identifier: MIT */
/*
 * raw.h - system calls and a start without a C library, for floor_init.c.
 */
#ifndef CARREL_BENCH_RAW_H
#define CARREL_BENCH_RAW_H

#if defined(__x86_64__)

/* The stack as the kernel left it is the only argument: argc, argv[], NULL, … */
#define RAW_START(function)                                                                        \
	__asm__(".globl _start\n"                                                                  \
		"_start:\n"                                                                        \
		"	xor %ebp, %ebp\n"                                                                \
		"	mov %rsp, %rdi\n"                                                                \
		"	and $-16, %rsp\n"                                                                \
		"	call " #function "\n")

static inline long raw5(long number, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
}

#elif defined(__aarch64__)

#define RAW_START(function)                                                                        \
	__asm__(".globl _start\n"                                                                  \
		"_start:\n"                                                                        \
		"	mov x29, #0\n"                                                                   \
		"	mov x0, sp\n"                                                                    \
		"	bl " #function "\n")

static inline long raw5(long number, long a, long b, long c, long d, long e)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
	return x0;
}

#else
#error "floor_init knows x86_64 and aarch64 only"
#endif

#endif
