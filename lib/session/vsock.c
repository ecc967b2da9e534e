// SPDX-License-Identifier: MIT
#include "session/vsock.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/net.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Another ABI of the same machine has other numbers for the same calls. Those of io_uring are the
 * same everywhere. */
#if defined(__x86_64__)
enum { OWN_ABI = (int)AUDIT_ARCH_X86_64, OTHER_SOCKET = 359, OTHER_SOCKETCALL = 102 };
#elif defined(__aarch64__)
/* 32-bit Arm (EABI) has no socketcall(2); no call has the number -1. */
enum { OWN_ABI = (int)AUDIT_ARCH_AARCH64, OTHER_SOCKET = 281, OTHER_SOCKETCALL = -1 };
#else
enum { OWN_ABI = 0, OTHER_SOCKET = -1, OTHER_SOCKETCALL = -1 };
#endif

/* x32 is no ABI of its own to seccomp(2): its calls have this bit besides. */
enum { X32_BITS = 0x40000000 };

#define GET(member)                                                                                \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, member))
/* @then and @otherwise are how many instructions are passed over. */
#define JUMP_EQUAL(value, then, otherwise)                                                         \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), then, otherwise)
#define VERDICT(action) BPF_STMT(BPF_RET | BPF_K, action)

static int install_filter(void)
{
	static const struct sock_filter program[] = {
		/* 0 */ GET(arch),
		/* 1 */ JUMP_EQUAL(OWN_ABI, 0, 5),
		/* 2 */ GET(nr),
		/* 3 */ BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~(uint32_t)X32_BITS),
		/* 4 */ JUMP_EQUAL(SYS_socket, 7, 0),
		/* 5 */ JUMP_EQUAL(SYS_io_uring_setup, 10, 0),
		/* 6 */ VERDICT(SECCOMP_RET_ALLOW),
		/* 7, of another ABI */ GET(nr),
		/* 8 */ JUMP_EQUAL(OTHER_SOCKET, 3, 0),
		/* 9 */ JUMP_EQUAL(SYS_io_uring_setup, 6, 0),
		/* 10 */ JUMP_EQUAL(OTHER_SOCKETCALL, 3, 0),
		/* 11 */ VERDICT(SECCOMP_RET_ALLOW),
		/* 12: the family, of which the kernel takes the lower half */ GET(args[0]),
		/* 13 */ JUMP_EQUAL(AF_VSOCK, 3, 4),
		/* 14: which call it is; its arguments are out of sight */ GET(args[0]),
		/* 15 */ JUMP_EQUAL(SYS_SOCKET, 0, 2),
		/* 16 */ VERDICT(SECCOMP_RET_ERRNO | EPERM),
		/* 17 */ VERDICT(SECCOMP_RET_ERRNO | EPFNOSUPPORT),
		/* 18 */ VERDICT(SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = {.len = sizeof(program) / sizeof(program[0]),
		.filter = (struct sock_filter *)program};

	if (OWN_ABI == 0)
		return -EOPNOTSUPP;
	/* Whoever has CAP_SYS_ADMIN needs no no_new_privs, with which sudo would not work. The flag
	 * spares the session a slower processor (spec_store_bypass_disable=seccomp). */
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		       &filter) < 0
		       ? -errno
		       : 0;
}

/* The kernel itself never gives this errno for a socket. It is asked only where there is a filter,
 * because the question could load a module. */
static bool is_refused_already(void)
{
	int fd;

	if (prctl(PR_GET_SECCOMP) != SECCOMP_MODE_FILTER)
		return false;
	fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EPFNOSUPPORT;
}

int vsock_refuse(struct carrel_error *err)
{
	int r = is_refused_already() ? 0 : install_filter();

	return r < 0 ? error_set(err, r, "filter of system calls") : 0;
}
