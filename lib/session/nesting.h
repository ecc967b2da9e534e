/* SPDX-License-Identifier: MIT */
/*
 * nesting.h - tells whether the caller is in a carrel already.
 */
#ifndef CARREL_SESSION_NESTING_H
#define CARREL_SESSION_NESTING_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * Sets *ret_inside to whether the calling process is in a carrel, or in the quotas of a user other
 * than @uid whom carrel confines: a session for @uid (su, sudo) then stays there. Returns 0, or
 * -errno and @err: -EXDEV where it is in a carrel, and has been moved out of its quotas.
 */
int session_inside(uid_t uid, bool *ret_inside, struct carrel_error *err);

#endif
