/* SPDX-License-Identifier: MIT */
/*
 * acl.h - shares a file or folder of root's with one user and the members of one group (acl(5)).
 *
 * The group owner of the file would not do in place of the entry for the user: the user's primary
 * group may be that of all students.
 */
#ifndef CARREL_BASE_ACL_H
#define CARREL_BASE_ACL_H

#include <stdbool.h>
#include <sys/types.h>

enum acl_kind {
	ACL_FILE,  /* root reads and writes it; the others read it */
	ACL_FOLDER /* root has all rights; the others open files in it whose names they know */
};

/*
 * Lets root, @user and the members of @group (0: none) use the open file or folder as @kind says,
 * and takes every right from all others. Returns 0, or -errno. It returns -EOPNOTSUPP where the
 * file system has no ACLs: a file is then root's alone, and a folder stays as it was.
 */
int acl_share(int fd, enum acl_kind kind, uid_t user, gid_t group);

/* Returns true if the open file has an ACL, whatever the ACL says. */
bool acl_is_shared(int fd);

#endif
