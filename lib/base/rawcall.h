/* SPDX-License-Identifier: MIT */
/*
 * rawcall.h - system calls that touch no memory: not even errno, which a task that shares its
 * memory, and with it the thread-local variables, has in common with the thread that made it.
 */
#ifndef CARREL_BASE_RAWCALL_H
#define CARREL_BASE_RAWCALL_H

#if defined(__x86_64__)

#define RAWCALL_SPARES_ERRNO 1

/* Makes the system call @number (asm/unistd.h). Returns what the kernel returns: an error is a
 * negative errno. */
static inline long raw_call(long number, long a, long b, long c, long d, long e)
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

#define RAWCALL_SPARES_ERRNO 1

static inline long raw_call(long number, long a, long b, long c, long d, long e)
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

#include <errno.h>
#include <unistd.h>

/* Elsewhere the C library's call has to do, and whoever shares the memory has to wait. */
#define RAWCALL_SPARES_ERRNO 0

static inline long raw_call(long number, long a, long b, long c, long d, long e)
{
	long result = syscall(number, a, b, c, d, e);

	return result == -1 ? -errno : result;
}

#endif

#endif
