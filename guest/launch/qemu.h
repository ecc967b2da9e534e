/* SPDX-License-Identifier: MIT */
/*
 * qemu.h - the QEMU process of a guest.
 */
#ifndef CARREL_GUEST_LAUNCH_QEMU_H
#define CARREL_GUEST_LAUNCH_QEMU_H

#include "argv.h"
#include "guest/jail/jail.h"

#include <sys/types.h>

/* What it says on stderr, of which the end is kept: why it does not start. */
enum { QEMU_SAID_MAX = 1024 };

struct qemu {
	struct jail_process process; /* a child of the caller, who reaps it */
	int qmp_fd, console_fd;      /* our ends: stream sockets, non-blocking */
	int stderr_fd;               /* a pipe, non-blocking */
	char said[QEMU_SAID_MAX];
};

#define QEMU_NONE                                                                                  \
	(struct qemu)                                                                              \
	{                                                                                          \
		.process = JAIL_PROCESS_NONE, .qmp_fd = -EBADF, .console_fd = -EBADF,              \
		.stderr_fd = -EBADF                                                                \
	}

/*
 * Makes a process for @machine, whose qmp_fd and console_fd are filled in here: in a jail (jail.h),
 * with no descriptor but those of its command line. It waits until qemu_go() to become QEMU, so
 * that its number can be written down before. @group: supplementary, to open /dev/kvm; 0: none. All
 * of *ret_qemu is O_CLOEXEC; qemu_close(). 0 or -errno: -ENOENT without QEMU here.
 */
int qemu_start(struct guest_machine *machine, gid_t group, struct qemu *ret_qemu,
	struct carrel_error *err);
int qemu_go(struct qemu *qemu, struct carrel_error *err);

/* Reads what it has said; false once it will say no more. */
bool qemu_listen(struct qemu *qemu);

/* The last line that it said, or "". Overwrites @said. */
const char *qemu_last_words(struct qemu *qemu);

/* The first number of its version, 0 where it does not tell. Runs it. */
unsigned qemu_version(void);

/* From these versions on it does not crash guests of several processors, each emulated by a thread;
 * and it takes /dev/kvm as a descriptor. */
enum { QEMU_GOOD_THREADS = 10, QEMU_KVM_BY_FD = 9 };

void qemu_close(struct qemu *qemu);

#endif
