/* SPDX-License-Identifier: MIT */
/*
 * share.h - who, besides root, may read what is written down of a guest, and reach what is in its
 * folders: its user, and members of carrel-admin (base/acl.h).
 */
#ifndef CARREL_GUEST_SHARE_H
#define CARREL_GUEST_SHARE_H

#include <sys/types.h>

#define GUEST_ADMINS "carrel-admin"

struct guest_readers {
	uid_t user;
	gid_t admins; /* 0: there is no such group */
};

/* Asks the name service for GUEST_ADMINS. */
struct guest_readers guest_readers_of(uid_t uid);

/* Lets them read the file @fd, and nobody else but root, who alone may write to it. 0 or -errno;
 * -EOPNOTSUPP where the file system has no ACLs: then it is root's alone. */
int guest_share(int fd, const struct guest_readers *readers);

/* Lets them reach what is in the folder @fd, and nobody else but root, who alone may list and
 * change it. 0 or -errno; -EOPNOTSUPP as above. */
int guest_share_folder(int fd, const struct guest_readers *readers);

/* Lets GUEST_ADMINS list the folder @top_fd, of mode GUEST_TOP_MODE. 0 or -errno. */
int guest_share_top(int top_fd, const struct guest_readers *readers);

#endif
