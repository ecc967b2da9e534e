/* SPDX-License-Identifier: MIT */
/*
 * jail.h - runs a program for a guest's user, in namespaces and a root that hold only what it
 * needs: QEMU, the ssh that tries whether the guest lets its user in, and the qemu-img that
 * repairs its disk. They parse what the user has written, or root in the guest, so the user's code
 * may one day run in them.
 */
#ifndef CARREL_GUEST_JAIL_JAIL_H
#define CARREL_GUEST_JAIL_JAIL_H

#include "base/error.h"
#include "guest/launch/argv.h"
#include "plan/plan.h"

#include <stdint.h>
#include <sys/types.h>

/* Describes the program of a jail. The caller owns all that it refers to. */
struct jail_program {
	const char *path; /* in the new root */
	char *const *argv;
	const struct plan_ops *root; /* carried out in the new namespaces (plan/empty_root.h) */
	bool own_network;            /* an empty network namespace; the caller's else */
	uid_t uid;
	gid_t group;     /* a supplementary one; 0: none */
	int standard[3]; /* its stdin, stdout and stderr */
	const int *fds;  /* descriptors that it has besides, under these numbers */
	size_t n_fds;
	uint64_t memory;    /* address space that it may have, in bytes; 0: no limit */
	uint64_t file_size; /* up to which it may let files grow, in bytes; UINT64_MAX: no limit */
};

/* Refers to the process of a jail: a child of the caller, who reaps it, and PID 1 of its pid
 * namespace. */
struct jail_process {
	pid_t pid;
	int pidfd;
	int gate_fd; /* where it waits for jail_open_gate(), or the caller's end */
};

#define JAIL_PROCESS_NONE                                                                          \
	(struct jail_process)                                                                      \
	{                                                                                          \
		.pidfd = -EBADF, .gate_fd = -EBADF                                                 \
	}

/* Starts a child that is ready to execute @program: in mount, pid and IPC namespaces of its own, as
 * the user, whose other processes cannot trace it (GUEST_NO_GROUP), without capabilities, with
 * no_new_privs and call_filter_keyrings(), to be killed when the calling thread ends. The caller is
 * root with CAP_SYS_ADMIN, CAP_SETUID, CAP_SETGID and CAP_SETPCAP. Returns 0 with *ret_process,
 * whose descriptors are O_CLOEXEC (jail_process_close()); or -errno with the step that failed in
 * @err, and no child. */
int jail_start(const struct jail_program *program, struct jail_process *ret_process,
	struct carrel_error *err);

/* Lets the child execute its program, with an empty environment. Returns 0 or -errno. Where the
 * execution fails, the child says so on its stderr and exits with 127. */
int jail_open_gate(struct jail_process *process);

/* Closes the descriptors of @process. This ends a child that still waits at the gate, and the
 * caller reaps it. */
void jail_process_close(struct jail_process *process);

/* Makes the plan of a root for QEMU, as @machine needs it (root.c). Returns 0 with *ret_root, which
 * the caller frees by free(3), or -errno with @err. */
int jail_root_for_qemu(
	const struct guest_machine *machine, struct plan_ops **ret_root, struct carrel_error *err);

/* Makes the plan of a root for qemu-img. Returns as jail_root_for_qemu() does. */
int jail_root_for_qemu_img(struct plan_ops **ret_root, struct carrel_error *err);

/* Makes the plan of a root for the ssh of a user, where the guest's key and known hosts are
 * JAIL_KEY and JAIL_KNOWN_HOSTS. Returns as jail_root_for_qemu() does. */
int jail_root_for_ssh(uid_t uid, struct plan_ops **ret_root, struct carrel_error *err);

#define JAIL_KEY         "/key"
#define JAIL_KNOWN_HOSTS "/known_hosts"

#endif
