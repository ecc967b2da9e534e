/* SPDX-License-Identifier: MIT */
/*
 * privileges.h - from root to a user for good, in single steps, each checked.
 */
#ifndef CARREL_GUEST_PRIVILEGES_H
#define CARREL_GUEST_PRIVILEGES_H

#include <stddef.h>
#include <sys/capability.h>
#include <sys/types.h>

/*
 * For a process that is about to execve(2). Makes it @uid and @gid with the one supplementary group
 * @extra (0: none), with every capability set empty, the bounding one included, and no_new_privs.
 * Returns 0, or -errno with the step that failed in *ret_step (a constant); then the process must
 * not go on.
 */
int drop_to_user(uid_t uid, gid_t gid, gid_t extra, const char **ret_step);

/* For root that goes on: keeps @kept alone, as far as it has them, in all sets, for good. */
int drop_to_capabilities(const cap_value_t *kept, size_t count);

#endif
