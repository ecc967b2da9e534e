/* SPDX-License-Identifier: MIT */
/*
 * nesting.h - has the caller been let into a carrel before?
 */
#ifndef CARREL_SESSION_NESTING_H
#define CARREL_SESSION_NESTING_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether the calling process already is in a carrel, or in the quotas of another user than @uid
 * whom carrel confines: *ret_inside. Then a session for @uid (su, sudo) stays there. -EXDEV: it was
 * in one, and has been moved out of its quotas.
 */
int session_inside(uid_t uid, bool *ret_inside, struct carrel_error *err);

#endif
