// SPDX-License-Identifier: MIT
/*
 * orphan.c - three tasks in one memory, and who may free it.
 *
 *	caller ── clone ──> between ── clone ──> program
 *
 * The caller cannot be the parent: it must not wait when the session closes, and a long-lived one
 * would collect zombies. So a task between the two makes the program and ends at once, and the
 * host's PID 1 has it. Copying the caller's memory for that would take longer than all the rest,
 * so the tasks share it (CLONE_VM).
 *
 * The stacks of the two, and all that they read, are in one mapping of their own (struct
 * orphan_memory): the caller's stack and heap are used again as soon as the caller goes on. When a
 * task leaves the memory, by execve(2) or at its end, the kernel clears the task's word in that
 * mapping, and not before (CLONE_CHILD_CLEARTID, mm_release() in kernel/fork.c). The mapping is
 * removed only when both words are clear. No order of events, and no signal to any of the three,
 * can change that. A task that has not left by the deadline is killed.
 *
 * The caller goes on with other work meanwhile. Thread-local variables are in the memory that they
 * share, so the tasks make raw system calls, which leave the caller's errno alone.
 */
#include "session/orphan.h"
#include "base/cleanup.h"
#include "base/inheritance.h"
#include "base/rawcall.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	STACK_BYTES = 16384,
	ARGUMENT_BYTES = 512,
	KILL_USEC = 1000000,  /* for a task that was killed to be gone */
	SLICE_USEC = 1000000, /* for one wait in the kernel */
	IN_MEMORY = 1,        /* a task's word, until the kernel clears it */
};

/* The step that was tried last, for the error. */
enum orphan_stage { STAGE_BETWEEN, STAGE_CLONE, STAGE_PREPARE, STAGE_EXECUTE };

struct orphan_memory {
	char between_stack[STACK_BYTES] __attribute__((aligned(16)));
	char program_stack[STACK_BYTES] __attribute__((aligned(16)));
	uint32_t between, program; /* IN_MEMORY, or 0 */
	bool abandoned;            /* a task that has not begun yet must not begin */
	int socket, namespaces;
	enum orphan_stage stage;
	int error; /* a positive errno */
	int pidfd; /* the kernel's word that there is a program */
	pid_t pid;
	char path[PATH_MAX];
	char argument[3][ARGUMENT_BYTES];
	char *argv[4];
};

/* A sanitizer's notes on a stack would outlive a function that never returns. */
#define IN_SHARED_MEMORY __attribute__((no_sanitize("address")))

/* Closes every descriptor but @socket, which becomes ORPHAN_SOCKET. Returns 0 or -errno. */
IN_SHARED_MEMORY static long keep_socket_alone(int socket)
{
	long r;

	if (socket < 0)
		return raw_call(SYS_close_range, 0, ~0u, 0, 0, 0);
	r = raw_call(SYS_dup3, socket, ORPHAN_SOCKET, 0, 0, 0);
	if (r >= 0)
		r = raw_call(SYS_close_range, ORPHAN_SOCKET + 1, ~0u, 0, 0, 0);
	if (r >= 0)
		r = raw_call(SYS_close_range, 0, ORPHAN_SOCKET - 1, 0, 0, 0);
	return r;
}

/* Becomes the program, on a stack of its own and by nothing but system calls. */
IN_SHARED_MEMORY static int program_main(void *data)
{
	static char *const envp[] = {NULL};
	struct orphan_memory *memory = data;
	long r;

	memory->stage = STAGE_PREPARE;
	if (__atomic_load_n(&memory->abandoned, __ATOMIC_ACQUIRE))
		return 1;
	r = keep_socket_alone(memory->socket);
	if (r == 0)
		r = inheritance_reset();
	if (r == 0) {
		memory->stage = STAGE_EXECUTE;
		r = raw_call(SYS_execve, (long)memory->path, (long)memory->argv, (long)envp, 0, 0);
	}
	memory->error = (int)-r;
	return 1;
}

/*
 * Makes the program. This task shares the caller's descriptors, so that the pidfd appears there. It
 * waits for its child (CLONE_VFORK), because tasks in one memory share their oom_score_adj, unless
 * one of them is a child that its parent waits for.
 *
 * It calls clone(2) and not clone3(2), as glibc wraps it safely for a shared memory, and it takes
 * all that is needed here. Where clone(2) fails it changes the caller's errno. Then there will be
 * no program, so the caller fails as well, whatever it makes of that errno.
 */
IN_SHARED_MEMORY static int between_main(void *data)
{
	struct orphan_memory *memory = data;
	int flags =
		CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_CHILD_CLEARTID | memory->namespaces;

	memory->stage = STAGE_CLONE;
	memory->program = IN_MEMORY;
	memory->pid = clone(program_main, memory->program_stack + STACK_BYTES, flags, memory,
		&memory->pidfd, NULL, &memory->program);
	if (memory->pid < 0) {
		memory->error = errno;
		memory->pidfd = -EBADF; /* written early, and taken back */
		memory->program = 0;
	}
	return 0;
}

/* Waits until the task of @word has left the memory. Returns 0 or -ETIMEDOUT. It does not look at
 * errno, which a task that is still in the memory may change. */
static int await_leaving(uint32_t *word, deadline_t deadline)
{
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != 0) {
		uint64_t left = deadline_left_usec(deadline);
		struct timespec slice;

		if (left == 0)
			return -ETIMEDOUT;
		if (left > SLICE_USEC)
			left = SLICE_USEC;
		slice = (struct timespec){(time_t)(left / 1000000), (long)(left % 1000000) * 1000};
		/* The kernel wakes without FUTEX_PRIVATE_FLAG, so this waits without it. */
		syscall(SYS_futex, word, FUTEX_WAIT, IN_MEMORY, &slice, NULL, 0);
	}
	return 0;
}

/*
 * Finds out whether there is a program, once the task between is gone. The kernel makes the pidfd
 * before it lets a program run. Where that task was killed as it made the program, there may be a
 * number without a descriptor.
 */
static void settle_program(struct orphan_memory *memory)
{
	if (memory->pid < 0 && memory->pidfd >= 0 &&
		pidfd_send_signal(memory->pidfd, 0, NULL, 0) < 0 && errno == EBADF)
		memory->pidfd = -EBADF;
	if (memory->pidfd < 0)
		__atomic_store_n(&memory->program, 0, __ATOMIC_RELEASE);
}

/* Kills both tasks. Returns true once neither is in the memory. Nobody but the caller reaps the
 * task between, so its number is not another process's. */
static bool end_both(struct orphan_memory *memory, pid_t between)
{
	deadline_t deadline = deadline_in(KILL_USEC);

	__atomic_store_n(&memory->abandoned, true, __ATOMIC_RELEASE);
	if (__atomic_load_n(&memory->between, __ATOMIC_ACQUIRE) != 0)
		kill(between, SIGKILL);
	if (await_leaving(&memory->between, deadline) < 0)
		return false;
	settle_program(memory);
	if (memory->pidfd >= 0)
		(void)pidfd_send_signal(memory->pidfd, SIGKILL, NULL, 0);
	return await_leaving(&memory->program, deadline) == 0;
}

/* Makes the task between. No handler of the caller's may run in a task that shares its memory, so
 * that it is born with every signal blocked. Returns its number or -errno. */
static pid_t start_between(struct orphan_memory *memory)
{
	sigset_t all, before;
	pid_t between;
	int error;

	memory->between = IN_MEMORY;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	/* With 0 as the exit signal the caller gets no SIGCHLD, and a program that reaps all its
	 * children never meets this one. */
	between = clone(between_main, memory->between_stack + STACK_BYTES,
		CLONE_VM | CLONE_FILES | CLONE_CHILD_CLEARTID, memory, NULL, NULL,
		&memory->between);
	error = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return between < 0 ? -error : between;
}

/* Waits until both tasks have left the memory. Returns 0 or -ETIMEDOUT. */
static int await_both(struct orphan_memory *memory, deadline_t deadline)
{
	int r = await_leaving(&memory->between, deadline);

	if (r < 0)
		return r;
	settle_program(memory);
	return await_leaving(&memory->program, deadline);
}

static bool is_missing(int error)
{
	return error == -ENOENT || error == -EACCES || error == -ENOEXEC;
}

/* Names what failed. The program and every folder above it are root's, and the kernel decides which
 * namespaces there are. So these two errors mean that the installation is broken. */
static int start_error(const struct orphan_memory *memory, int error, struct carrel_error *err)
{
	error_set(err, error, "%s", memory->path);
	if ((memory->stage == STAGE_EXECUTE && is_missing(error)) ||
		(memory->stage == STAGE_CLONE && error == -EINVAL))
		error_installation(err);
	return error;
}

static int fill_memory(struct orphan_memory *memory, const struct orphan_program *program)
{
	const char *const argument[] = {
		program->name ? program->name : program->path, program->argument, program->second};

	memory->socket = program->socket;
	memory->namespaces = (int)program->namespaces;
	memory->pidfd = -EBADF;
	memory->pid = -1;
	if (strlen(program->path) >= sizeof(memory->path))
		return -ENAMETOOLONG;
	strcpy(memory->path, program->path);
	for (size_t i = 0; i < 3 && argument[i]; i++) {
		if (strlen(argument[i]) >= ARGUMENT_BYTES)
			return -ENAMETOOLONG;
		strcpy(memory->argument[i], argument[i]);
		memory->argv[i] = memory->argument[i];
	}
	return 0;
}

void orphan_await_end(int pidfd)
{
	struct pollfd gone = {.fd = pidfd, .events = POLLIN};

	while (poll(&gone, 1, KILL_USEC / 1000) < 0 && errno == EINTR)
		;
}

/* Ends a program that could not be executed, and still is in the cgroup that is removed next. */
static void end_program(int *pidfd)
{
	if (*pidfd < 0)
		return;
	(void)pidfd_send_signal(*pidfd, SIGKILL, NULL, 0);
	orphan_await_end(*pidfd);
	fd_closep(pidfd);
}

int orphan_begin(const struct orphan_program *program, deadline_t deadline,
	struct orphan_birth *ret_birth, struct carrel_error *err)
{
	struct orphan_birth birth = {.deadline = deadline};
	struct orphan_memory *memory = mmap(
		NULL, sizeof(*memory), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int r;

	if (memory == MAP_FAILED)
		return error_set(err, -ENOMEM, "%s", program->path);
	r = fill_memory(memory, program);
	if (r == 0)
		r = birth.between = start_between(memory);
	if (r < 0) {
		start_error(memory, r, err);
		munmap(memory, sizeof(*memory));
		return r;
	}
	if (!RAWCALL_SPARES_ERRNO)
		(void)await_both(memory, deadline);
	birth.memory = memory;
	*ret_birth = birth;
	return 0;
}

int orphan_finish(struct orphan_birth *birth, struct orphan *ret_orphan, struct carrel_error *err)
{
	struct orphan_memory *memory = birth->memory;
	int r = await_both(memory, birth->deadline);
	bool left = r == 0 || end_both(memory, birth->between);

	if (left)
		while (waitpid(birth->between, NULL, __WALL) < 0 && errno == EINTR)
			;
	if (r == 0)
		r = -memory->error;
	if (r == 0 && memory->pid < 0)
		r = -ESRCH; /* the task between was killed before it had named the program */
	if (r == 0) {
		*ret_orphan = (struct orphan){.pid = memory->pid, .pidfd = memory->pidfd};
	} else {
		start_error(memory, r, err);
		end_program(&memory->pidfd);
	}
	birth->memory = NULL;
	if (left)
		munmap(memory, sizeof(*memory));
	return r;
}

int orphan_start(const struct orphan_program *program, deadline_t deadline,
	struct orphan *ret_orphan, struct carrel_error *err)
{
	struct orphan_birth birth;
	int r = orphan_begin(program, deadline, &birth, err);

	return r < 0 ? r : orphan_finish(&birth, ret_orphan, err);
}
