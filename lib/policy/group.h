/* SPDX-License-Identifier: MIT */
/*
 * group.h - local groups and uids, from files alone. NSS is not asked: a directory server that is
 * down or hostile must not decide who is an admin.
 */
#ifndef CARREL_POLICY_GROUP_H
#define CARREL_POLICY_GROUP_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Returns whether one of the groups @names of @path, a group(5) file, has @user as a member, or has
 * the number @gid, which is the user's primary group. A file that cannot be read has no groups.
 */
bool groups_have(const char *path, char *const *names, const char *user, gid_t gid);

/*
 * Looks up the number of group @name in @path, a group(5) file. Returns 0 and *ret_gid; -ENOENT
 * where there is no such group or file; -ENOMEM.
 */
int group_number(const char *path, const char *name, gid_t *ret_gid);

/*
 * Reads UID_MIN from @path, a login.defs(5) file, and leaves *ret_uid_min as it is where it is not
 * set there. Returns 0 or -ENOMEM.
 */
int login_defs_uid_min(const char *path, uid_t *ret_uid_min);

#endif
