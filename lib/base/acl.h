/* SPDX-License-Identifier: MIT */
/*
 * acl.h - who besides root has something of root's (acl(5)): one user, and members of one group. A
 * group of that user's would not do, which may be that of all students.
 */
#ifndef CARREL_BASE_ACL_H
#define CARREL_BASE_ACL_H

#include <stdbool.h>
#include <sys/types.h>

enum acl_kind {
	ACL_FILE,  /* root reads and writes it, they read it */
	ACL_FOLDER /* root may do all with it, they reach what is in it, by its name */
};

/* Gives the open file or folder of @kind that ACL; @group 0 is no group. Nobody else has any right.
 * 0 or -errno; -EOPNOTSUPP where the file system has no ACLs: then a file is root's alone, and a
 * folder what it was. */
int acl_share(int fd, enum acl_kind kind, uid_t user, gid_t group);

/* Whether it has an ACL at all. */
bool acl_is_shared(int fd);

#endif
