/* SPDX-License-Identifier: MIT */
/*
 * share.h - who besides root may read what is written down about a guest, and enter its folders:
 * its user, and the members of carrel-admin (base/acl.h).
 */
#ifndef CARREL_GUEST_SHARE_H
#define CARREL_GUEST_SHARE_H

#include <sys/types.h>

#define GUEST_ADMINS "carrel-admin"

struct guest_readers {
	uid_t user;
	gid_t admins; /* 0: there is no such group */
};

/* Returns who may read about the guest of @uid. Asks the name service for GUEST_ADMINS. */
struct guest_readers guest_readers_of(uid_t uid);

/* Lets @readers read the file @fd. Nobody else may but root, who alone may write to it. Returns 0
 * or -errno; -EOPNOTSUPP where the file system has no ACLs, and then the file is root's alone. */
int guest_share(int fd, const struct guest_readers *readers);

/* Lets @readers reach what is in the folder @fd. Nobody else may but root, who alone may list and
 * change it. Returns 0 or -errno; -EOPNOTSUPP where the file system has no ACLs, and then the
 * folder is root's alone. */
int guest_share_folder(int fd, const struct guest_readers *readers);

/* Lets GUEST_ADMINS list the folder @top_fd, whose mode is GUEST_TOP_MODE. Returns 0 or -errno. */
int guest_share_top(int top_fd, const struct guest_readers *readers);

#endif
