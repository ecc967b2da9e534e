// SPDX-License-Identifier: MIT
/*
 * birth.c - no_new_privs, the bounding set and the refusal of user namespaces are attributes of a
 * process that its children inherit and that can never be taken off again.
 *
 * So they are not given to the caller, which is sshd's monitor, login or su: it goes on as root
 * when the session has been closed, runs the other modules' work, and may open a session for
 * somebody else. They are given to its children, by a handler of pthread_atfork(3), which runs in
 * the child before fork(3) returns there. These are the processes that are born in the session's
 * pid namespace as well. They still are root then, and the rights that they have stay: setuid(2)
 * works as before, and so do the setuid programs that the user runs later, as far as the policy
 * lets them.
 *
 * user.max_user_namespaces is no means against user namespaces: it counts for all who share a user
 * namespace, and in one of its own sshd's child would have no rights over the host's files. A
 * filter of system calls that root sets needs no no_new_privs, so that setuid programs work on.
 */
#include "birth.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* pthread_atfork(3) hands nothing to its handlers. A thread is in one session at a time, and its
 * namespaces are its own, too. */
static __thread struct plan_security rules;

/* ---- user namespaces ---- */

#define FETCH(member)      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define IS(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)
#define HAS(bits, yes, no) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, yes, no)
#define ANSWER(value)      BPF_STMT(BPF_RET | BPF_K, value)

enum { CLONE3 = 435, X32_BIT = 0x40000000 };

/*
 * The instructions for one kind of system calls, one value of seccomp_data.arch. x32 has the
 * numbers of x86-64 with one bit more. The flags of clone(2) and unshare(2) are their first
 * argument, those of setns(2) the second, where 0 means any kind. Those of clone3(2) are out of
 * sight, in memory: who is told that there is no such call goes on with clone(2).
 */
#define ABI(arch, clone, unshare, setns)                                                           \
	IS(arch, 0, 14), FETCH(nr), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~(unsigned)X32_BIT),       \
		IS(CLONE3, 8, 0), IS(setns, 4, 0), IS(unshare, 1, 0), IS(clone, 0, 7),             \
		FETCH(args[0]), HAS(CLONE_NEWUSER, 4, 5), FETCH(args[1]), IS(0, 2, 0),             \
		HAS(CLONE_NEWUSER, 1, 2), ANSWER(SECCOMP_RET_ERRNO | ENOSYS),                      \
		ANSWER(SECCOMP_RET_ERRNO | EPERM), ANSWER(SECCOMP_RET_ALLOW)

static const struct sock_filter filter[] = {
	FETCH(arch),
#if defined(__x86_64__)
	ABI(AUDIT_ARCH_X86_64, 56, 272, 308),
	ABI(AUDIT_ARCH_I386, 120, 310, 346),
#elif defined(__aarch64__)
	ABI(AUDIT_ARCH_AARCH64, 220, 97, 268),
	ABI(AUDIT_ARCH_ARM, 120, 337, 375),
#elif defined(__riscv) && __riscv_xlen == 64
	ABI(AUDIT_ARCH_RISCV64, 220, 97, 268),
#else
#define NO_FILTER
#endif
	/* A kind of system calls that is not known here: whatever they do, it is not done. */
	ANSWER(SECCOMP_RET_ERRNO | EPERM),
};

static bool can_filter(void)
{
#ifdef NO_FILTER
	return false;
#else
	return true;
#endif
}

static int refuse_user_namespaces(void)
{
	const struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]), .filter = (struct sock_filter *)filter};

	return (int)syscall(
		SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
}

/* ---- capabilities ---- */

enum { CAPABILITIES_MAX = 64 };

/* Takes all others out of the bounding set, and out of the inheritable one, which the bounding set
 * does not bound (capabilities(7)). */
static int keep_capabilities(uint64_t kept)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	for (unsigned long cap = 0; cap < CAPABILITIES_MAX; cap++) {
		if ((kept >> cap) & 1)
			continue;
		/* -1: this kernel has no such capability. */
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1 &&
			prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return -1;
	}
	if (syscall(SYS_capget, &head, data) < 0)
		return -1;
	data[0].inheritable &= (uint32_t)kept;
	data[1].inheritable &= (uint32_t)(kept >> 32);
	return (int)syscall(SYS_capset, &head, data);
}

/* ---- the child ---- */

/* Runs in the child, where nothing but system calls is safe. What cannot be born as it has to be is
 * not born. */
static void shape_child(void)
{
	enum { CANNOT = 126 };

	if (rules.bounded && keep_capabilities(rules.capabilities) < 0)
		_exit(CANNOT);
	if (rules.no_userns && refuse_user_namespaces() < 0)
		_exit(CANNOT);
	if (rules.no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(CANNOT);
}

static int handler_error;

/* The handler goes when the module is unloaded. */
static void install_handler(void)
{
	handler_error = -pthread_atfork(NULL, NULL, shape_child);
}

int birth_begin(const struct plan_security *security, struct carrel_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (!security->no_new_privs && !security->no_userns && !security->bounded)
		return 0;
	if (security->no_userns && !can_filter()) {
		error_set(err, -ENOSYS, "security.userns = deny");
		return error_why(err, "carrel cannot enforce it on this architecture");
	}
	pthread_once(&once, install_handler);
	if (handler_error < 0)
		return error_set(err, handler_error, "[security]");
	rules = *security;
	return 0;
}

void birth_end(void)
{
	rules = (struct plan_security){0};
}
