// SPDX-License-Identifier: MIT
#include "call_filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* A number means another call in another ABI: int $0x80 of x86-64 is i386's. */
#if defined(__x86_64__)
enum { NATIVE_ABI = (int)AUDIT_ARCH_X86_64 };
#elif defined(__aarch64__)
enum { NATIVE_ABI = (int)AUDIT_ARCH_AARCH64 };
#else
enum { NATIVE_ABI = 0 };
#endif

/* x32 is no ABI of its own to seccomp(2): its calls have this bit, and no others do. */
enum { X32_BIT = 0x40000000 };

#define LOAD(member)                                                                               \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, member))
/* @then and @otherwise: how many instructions are passed over where it is so, and where it is
 * not. */
#define IF_EQUAL(value, then, otherwise)                                                           \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), then, otherwise)
#define IF_AT_LEAST(value, then, otherwise)                                                        \
	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (uint32_t)(value), then, otherwise)
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)
/* Has the number of a call of this ABI; @refusal instructions after it is what refuses. */
#define LOAD_NATIVE_CALL(refusal)                                                                  \
	LOAD(arch), IF_EQUAL(NATIVE_ABI, 0, (refusal) + 2), LOAD(nr),                              \
		IF_AT_LEAST(X32_BIT, refusal, 0)

static int set_filter(const struct sock_filter *program, size_t count)
{
	const struct sock_fprog filter = {
		.len = (unsigned short)count, .filter = (struct sock_filter *)program};

	if (NATIVE_ABI == 0)
		return -EOPNOTSUPP;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) < 0 ? -errno : 0;
}

int call_filter_keyrings(void)
{
	/* Keyrings belong to the user, whatever namespaces a process is in (keyrings(7)). */
	static const struct sock_filter program[] = {
		LOAD_NATIVE_CALL(3),
		IF_EQUAL(SYS_keyctl, 2, 0),
		IF_EQUAL(SYS_add_key, 1, 0),
		IF_EQUAL(SYS_request_key, 0, 1),
		RETURN(SECCOMP_RET_ERRNO | EPERM),
		RETURN(SECCOMP_RET_ALLOW),
	};

	return set_filter(program, sizeof(program) / sizeof(program[0]));
}

int call_filter_typing(void)
{
	/* The kernel takes the lower half of ioctl(2)'s second argument, which comes first on the
	 * machines above. */
	static const struct sock_filter program[] = {
		LOAD_NATIVE_CALL(4),
		IF_EQUAL(SYS_ioctl, 0, 4),
		LOAD(args[1]),
		IF_EQUAL(TIOCSTI, 1, 0),
		IF_EQUAL(TIOCLINUX, 0, 1),
		RETURN(SECCOMP_RET_ERRNO | EPERM),
		RETURN(SECCOMP_RET_ALLOW),
	};

	return set_filter(program, sizeof(program) / sizeof(program[0]));
}
