/* SPDX-License-Identifier: MIT */
/*
 * privileges.h - from root to a user for good, in single steps, each checked.
 */
#ifndef CARREL_GUEST_PRIVILEGES_H
#define CARREL_GUEST_PRIVILEGES_H

#include <stddef.h>
#include <sys/capability.h>
#include <sys/types.h>

/* The group of what carrel runs as a user beside that user's own processes: nogroup, which no user
 * is in. A process that is not in all groups of another may not trace it, nor open its memory or
 * its descriptors (ptrace(2)), though it has the same uid. */
enum { GUEST_NO_GROUP = 65534 };

/* Makes a process that is about to execve(2) the user @uid in the group GUEST_NO_GROUP, with the
 * one supplementary group @extra (0: none), every capability set empty, the bounding one included,
 * and no_new_privs. Returns 0, or -errno with the step that failed in *ret_step (a constant); then
 * the process must not go on. */
int drop_to_user(uid_t uid, gid_t extra, const char **ret_step);

/* Drops all capabilities but the @count ones of @kept, from all sets and for good, of a process
 * that remains root; one of @kept that it does not have is passed over. Returns 0 or -errno. */
int drop_to_capabilities(const cap_value_t *kept, size_t count);

#endif
