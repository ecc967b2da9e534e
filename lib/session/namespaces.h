/* SPDX-License-Identifier: MIT */
/*
 * namespaces.h - moves the calling process into the namespaces of another, and back.
 */
#ifndef CARREL_SESSION_NAMESPACES_H
#define CARREL_SESSION_NAMESPACES_H

#include "base/error.h"

#include <stdint.h>
#include <sys/types.h>

enum { NAMESPACE_TIME = 5, NAMESPACE_COUNT = 7 };

/* The namespaces that a process came from, as descriptors (O_CLOEXEC); -EBADF for one that it has
 * not left. */
struct saved_namespaces {
	int fd[NAMESPACE_COUNT];
	char *directory; /* its working directory; NULL: not known */
};

#define SAVED_NAMESPACES_NONE                                                                      \
	{                                                                                          \
		.fd = { [0 ... NAMESPACE_COUNT - 1] = -EBADF }                                     \
	}

/* Takes hold of the caller's namespaces of the kinds in @flags (CLONE_NEWNS, NEWPID, NEWIPC,
 * NEWUTS, NEWNET, NEWCGROUP, NEWTIME) and notes its working directory. Returns 0 and *ret_saved,
 * which namespaces_restore() or namespaces_forget() releases, or -errno and @err. */
int namespaces_save(uint64_t flags, struct saved_namespaces *ret_saved, struct carrel_error *err);

/*
 * Joins the namespaces @flags (NEWPID: for children to come) of the process behind @pidfd, and
 * makes those of @fresh (NEWCGROUP) anew. setns(2) leaves the working directory at "/". Returns 0,
 * or -errno and @err, and then nothing has changed.
 */
int namespaces_enter(int pidfd, uint64_t flags, uint64_t fresh,
	const struct saved_namespaces *saved, struct carrel_error *err);

/*
 * Changes, after namespaces_enter() with NEWNS, the working directory to the path that
 * it had before, if @uid and @gid may enter that there; else it stays "/". May wait without an end
 * for a file system of a user's.
 */
void namespaces_follow_directory(const struct saved_namespaces *saved, uid_t uid, gid_t gid);

/* Goes back to the saved namespaces and closes the descriptors; goes on after a failure. Returns 0,
 * or the first -errno and @err. */
int namespaces_restore(struct saved_namespaces *saved, struct carrel_error *err);

/* Changes, after namespaces_restore(), the working directory to the one that was saved,
 * or leaves it at "/" where that has gone. May wait without an end for a file system of a user's.
 */
void namespaces_return_directory(const struct saved_namespaces *saved);

/* Closes the descriptors and frees the directory's path, and changes nothing else. */
void namespaces_forget(struct saved_namespaces *saved);

#endif
