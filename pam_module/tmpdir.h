/* SPDX-License-Identifier: MIT */
/*
 * tmpdir.h - TMPDIR in PAM's environment names a folder that the session has.
 */
#ifndef CARREL_PAM_MODULE_TMPDIR_H
#define CARREL_PAM_MODULE_TMPDIR_H

#include "base/error.h"

#include <security/pam_modules.h>
#include <sys/types.h>

/*
 * pam_tmpdir and the like make a folder below /tmp for the user and name it in TMPDIR, TMP, TEMP
 * and TEMPDIR; a private /tmp hides it. Makes such folders anew, with the user's rights alone, or
 * takes the variable away where that cannot be. Called in the session's mount namespace. Returns 0,
 * or -errno and @err where a variable was taken away.
 */
int tmpdir_ensure(pam_handle_t *pamh, uid_t uid, gid_t gid, struct carrel_error *err);

#endif
