/* SPDX-License-Identifier: MIT */
/*
 * qemu.h - the QEMU process of a guest.
 */
#ifndef CARREL_GUEST_LAUNCH_QEMU_H
#define CARREL_GUEST_LAUNCH_QEMU_H

#include "argv.h"
#include "guest/jail/jail.h"

#include <sys/types.h>

/* How much is kept of what QEMU says on stderr: the end, which says why it does not start. */
enum { QEMU_SAID_MAX = 1024 };

struct qemu {
	struct jail_process process; /* a child of the caller, who reaps it */
	int qmp_fd, console_fd;      /* the caller's ends: stream sockets, non-blocking */
	int stderr_fd;               /* a pipe, non-blocking */
	char said[QEMU_SAID_MAX];
};

#define QEMU_NONE                                                                                  \
	(struct qemu)                                                                              \
	{                                                                                          \
		.process = JAIL_PROCESS_NONE, .qmp_fd = -EBADF, .console_fd = -EBADF,              \
		.stderr_fd = -EBADF                                                                \
	}

/* Makes a process for @machine in a jail (jail.h), with no descriptors but those of its command
 * line; sets machine->qmp_fd and machine->console_fd. It waits until qemu_go() to become QEMU, so
 * that its pid can be written down before. @group is a supplementary group by which it can open
 * /dev/kvm; 0: none. All descriptors of *ret_qemu are O_CLOEXEC. The caller ends it by qemu_end(),
 * also after a failure. Returns 0 or -errno with @err: -ENOENT where QEMU is not installed. */
int qemu_start(struct guest_machine *machine, gid_t group, struct qemu *ret_qemu,
	struct carrel_error *err);

/* Lets the process of qemu_start() become QEMU. Returns 0 or -errno with @err. */
int qemu_go(struct qemu *qemu, struct carrel_error *err);

/* Reads what QEMU has said on stderr, without waiting. Returns false once it will say no more. */
bool qemu_listen(struct qemu *qemu);

/* Returns the last line that QEMU said, or "". It is a part of qemu->said, which is changed. */
const char *qemu_last_words(struct qemu *qemu);

/* Runs QEMU to ask for its version. Returns the first number of it, or 0 where it does not tell. */
unsigned qemu_version(void);

/* From QEMU_GOOD_THREADS on, QEMU does not crash guests of several processors that are each
 * emulated by a thread; from QEMU_KVM_BY_FD on, it takes /dev/kvm as a descriptor. */
enum { QEMU_GOOD_THREADS = 10, QEMU_KVM_BY_FD = 9 };

/* Kills and reaps QEMU, unless the caller has reaped it already, and closes all descriptors of
 * @qemu. */
void qemu_end(struct qemu *qemu);

#endif
