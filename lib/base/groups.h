/* SPDX-License-Identifier: MIT */
/*
 * groups.h - the names of a user's groups.
 */
#ifndef CARREL_BASE_GROUPS_H
#define CARREL_BASE_GROUPS_H

#include <sys/types.h>

/*
 * The names of all groups of @user, whose primary one is @gid: a NULL-terminated array in
 * *ret_names (free with groups_free()), and the primary one's in *ret_primary, which lies in the
 * array, or NULL. A group without a name is left out: it matches no policy.
 *
 * Returns 0 or -errno. A name service that does not answer is an error and not a missing name: it
 * may be the very group that confines the user. (What getgrouplist(3) leaves out for that reason
 * cannot be told, so the strictest policy is best one without [match].)
 */
int groups_read(const char *user, gid_t gid, char ***ret_names, const char **ret_primary);
void groups_free(char **names);

#endif
