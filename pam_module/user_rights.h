/* SPDX-License-Identifier: MIT */
/*
 * user_rights.h - opens files with a user's rights: setfsuid(2) takes root's override away from
 * this thread for a while.
 */
#ifndef CARREL_PAM_MODULE_USER_RIGHTS_H
#define CARREL_PAM_MODULE_USER_RIGHTS_H

#include <sys/fsuid.h>
#include <sys/types.h>

struct user_rights {
	int uid, gid; /* what the thread had before */
};

/* Has this thread open and make files as the user until user_rights_give_back(), which gets what
 * this returns. */
static inline struct user_rights user_rights_take(uid_t uid, gid_t gid)
{
	struct user_rights before = {.uid = setfsuid(uid)};

	before.gid = setfsgid(gid);
	return before;
}

/* Gives the thread the rights back that it had before. */
static inline void user_rights_give_back(const struct user_rights *before)
{
	setfsgid((gid_t)before->gid);
	setfsuid((uid_t)before->uid);
}

#endif
