/* SPDX-License-Identifier: MIT */
/*
 * jail.h - a program of a guest's user, in namespaces and a root that have nothing but what it
 * needs: QEMU, the ssh that tries whether the guest lets its user in, and the qemu-img that repairs
 * its disk. They speak with what is the user's, or root's in the guest, so that code of theirs may
 * once run in them.
 */
#ifndef CARREL_GUEST_JAIL_JAIL_H
#define CARREL_GUEST_JAIL_JAIL_H

#include "base/error.h"
#include "guest/launch/argv.h"
#include "plan/plan.h"

#include <stdint.h>
#include <sys/types.h>

/* All of it is the caller's. */
struct jail_program {
	const char *path; /* in the new root */
	char *const *argv;
	const struct plan_ops *root; /* carried out in the new namespaces (plan/empty_root.h) */
	bool own_network;            /* an empty network namespace; the caller's else */
	uid_t uid;
	gid_t gid, group; /* @group: a supplementary one; 0: none */
	int standard[3];  /* its stdin, stdout and stderr */
	const int *fds;   /* which it has besides these, under their numbers */
	size_t n_fds;
	uint64_t memory;    /* address space that it may have, bytes; 0: no limit */
	uint64_t file_size; /* to which it may let files grow, bytes; UINT64_MAX: no limit */
};

/* A child of the caller, who reaps it: PID 1 of its pid namespace. */
struct jail_process {
	pid_t pid;
	int pidfd;
	int gate_fd; /* at which it waits, until jail_open_gate() or the caller's end */
};

#define JAIL_PROCESS_NONE                                                                          \
	(struct jail_process)                                                                      \
	{                                                                                          \
		.pidfd = -EBADF, .gate_fd = -EBADF                                                 \
	}

/*
 * Starts a child as far as the execution of @program: in mount, pid and IPC namespaces of its own,
 * as the user, without capabilities, with no_new_privs and the filter of call_filter.h, to be
 * killed when the calling thread ends.
 * Root with CAP_SYS_ADMIN, CAP_SETUID, CAP_SETGID and CAP_SETPCAP may. 0 with *ret_process, whose
 * descriptors are O_CLOEXEC (jail_process_close()); or -errno with the step that failed in @err,
 * and no child.
 */
int jail_start(const struct jail_program *program, struct jail_process *ret_process,
	struct carrel_error *err);

/* Lets it go on: it executes its program, without environment. 0 or -errno. What goes wrong from
 * there on it says on its stderr, and exits with 127. */
int jail_open_gate(struct jail_process *process);

/* Ends it where it still waits at the gate, which its caller may have to reap then. */
void jail_process_close(struct jail_process *process);

/* The roots: root.c. 0 with *ret_root (free(3)), or -errno and @err. */
int jail_root_for_qemu(
	const struct guest_machine *machine, struct plan_ops **ret_root, struct carrel_error *err);
int jail_root_for_qemu_img(struct plan_ops **ret_root, struct carrel_error *err);
/* The guest's key and known hosts are JAIL_KEY and JAIL_KNOWN_HOSTS there. */
int jail_root_for_ssh(uid_t uid, gid_t gid, struct plan_ops **ret_root, struct carrel_error *err);

#define JAIL_KEY         "/key"
#define JAIL_KNOWN_HOSTS "/known_hosts"

#endif
