/* SPDX-License-Identifier: MIT */
/*
 * namespaces.h - moves the calling process into the namespaces of another, and back.
 */
#ifndef CARREL_SESSION_NAMESPACES_H
#define CARREL_SESSION_NAMESPACES_H

#include "base/error.h"

#include <stdint.h>
#include <sys/types.h>

enum { NAMESPACE_COUNT = 6 };

/* The namespaces a process came from, by descriptor (O_CLOEXEC); -EBADF: not left. */
struct saved_namespaces {
	int fd[NAMESPACE_COUNT];
	char *directory; /* where it stood; NULL: not known */
};

#define SAVED_NAMESPACES_NONE                                                                      \
	{                                                                                          \
		{                                                                                  \
			-EBADF, -EBADF, -EBADF, -EBADF, -EBADF, -EBADF                             \
		}                                                                                  \
	}

/* Takes hold of the caller's namespaces of the kinds in @flags (CLONE_NEWNS, NEWPID, NEWIPC,
 * NEWUTS, NEWNET, NEWCGROUP) and notes where it is; namespaces_restore() or namespaces_forget()
 * ends that.
 */
int namespaces_save(uint64_t flags, struct saved_namespaces *ret_saved, struct carrel_error *err);

/*
 * Joins the namespaces @flags (NEWPID: for children to come) of the process behind @pidfd, and
 * makes those of @fresh (NEWCGROUP) anew. setns(2) leaves the working directory at "/". On failure
 * nothing has changed.
 */
int namespaces_enter(int pidfd, uint64_t flags, uint64_t fresh,
	const struct saved_namespaces *saved, struct carrel_error *err);

/*
 * After namespaces_enter() with NEWNS: the working directory is the same path again, if @uid and
 * @gid may enter it there; else it stays "/". May wait for a file system of a user's, without an
 * end.
 */
void namespaces_follow_directory(const struct saved_namespaces *saved, uid_t uid, gid_t gid);

/* Goes back and closes the descriptors; goes on after a failure. Returns the first -errno. */
int namespaces_restore(struct saved_namespaces *saved, struct carrel_error *err);

/* After namespaces_restore(): the working directory is that of before, or stays "/" where it has
 * gone. May wait for a file system of a user's, without an end. */
void namespaces_return_directory(const struct saved_namespaces *saved);

/* Closes the descriptors, and forgets the directory, alone. */
void namespaces_forget(struct saved_namespaces *saved);

#endif
