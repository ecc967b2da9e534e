/* SPDX-License-Identifier: MIT */
/*
 * groups.h - reads the names of a user's groups.
 */
#ifndef CARREL_BASE_GROUPS_H
#define CARREL_BASE_GROUPS_H

#include <sys/types.h>

/*
 * Reads the names of all groups of @user, whose primary group is @gid, into the NULL-terminated
 * array *ret_names, which the caller frees with groups_free(). Sets *ret_primary to the entry of
 * the primary group, or to NULL where it has no name. Leaves out groups without a name: no policy
 * can match them.
 *
 * Returns 0, or -errno. A name service that does not answer is an error and not a missing name: the
 * group that it would have named may be the one that confines the user. getgrouplist(3) does not
 * tell which groups it has left out for that reason, so the strictest policy had better be one
 * without [match].
 */
int groups_read(const char *user, gid_t gid, char ***ret_names, const char **ret_primary);
/* Frees the array and the names; NULL may be freed as well. */
void groups_free(char **names);

#endif
