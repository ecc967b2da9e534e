/* SPDX-License-Identifier: MIT */
/*
 * group.h - local accounts from the files alone. NSS is not asked: a directory server that is down
 * or hostile must not decide who is an admin.
 */
#ifndef CARREL_POLICY_GROUP_H
#define CARREL_POLICY_GROUP_H

#include <stdbool.h>
#include <sys/types.h>

/* Whether group @name of @path (a group(5) file) has @user as a member, or the number @gid, the
 * user's primary group. A file that cannot be read has no groups. */
bool group_has(const char *path, const char *name, const char *user, gid_t gid);

/* The number of group @name of @path. 0, or -ENOENT where there is none or no such file; -ENOMEM.
 */
int group_number(const char *path, const char *name, gid_t *ret_gid);

/* UID_MIN of @path (a login.defs(5) file); *ret_uid_min stays as it is where there is none. Returns
 * 0 or -ENOMEM. */
int login_defs_uid_min(const char *path, uid_t *ret_uid_min);

#endif
