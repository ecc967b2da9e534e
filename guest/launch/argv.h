/* SPDX-License-Identifier: MIT */
/*
 * argv.h - QEMU's command line: its words, and the descriptors that they name.
 */
#ifndef CARREL_GUEST_LAUNCH_ARGV_H
#define CARREL_GUEST_LAUNCH_ARGV_H

#include "base/error.h"
#include "base/words.h"
#include "credentials.h"
#include "disk.h"
#include "guest/settings.h"

#include <stdbool.h>
#include <stdint.h>

enum { ARGV_FDS_MAX = 16 };

struct guest_argv {
	struct words words;
	int fd[ARGV_FDS_MAX]; /* the caller's; QEMU has them under these numbers */
	size_t n_fds;
};

/* Describes the machine that QEMU is to run. The descriptors, and all that it refers to, are the
 * caller's. */
struct guest_machine {
	const struct guest_settings *settings;
	const struct guest_disk *disk;
	const struct guest_credentials *credentials;
	bool kvm;
	bool one_thread; /* TCG: one thread for all CPUs */
	int kvm_fd;      /* /dev/kvm; -EBADF: QEMU is too old to take it, and opens it itself */
	int kernel_fd, initrd_fd;
	int qmp_fd, console_fd; /* QEMU's ends of socket pairs */
	int vsock_fd;           /* -EBADF: the way in is @port of 127.0.0.1 */
	uint32_t cid;
	uint16_t port;
};

/* Builds the command line for @machine, which the caller frees by guest_argv_free(). Returns 0, or
 * -ENOMEM with @err where there is no memory, or no room for a descriptor. */
int guest_argv_build(
	const struct guest_machine *machine, struct guest_argv *ret_argv, struct carrel_error *err);

/* Frees the words of @argv; closes none of its descriptors. */
void guest_argv_free(struct guest_argv *argv);

#endif
