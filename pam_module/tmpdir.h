/* SPDX-License-Identifier: MIT */
/*
 * tmpdir.h - makes sure that the folder that TMPDIR names in PAM's environment is in the session.
 */
#ifndef CARREL_PAM_MODULE_TMPDIR_H
#define CARREL_PAM_MODULE_TMPDIR_H

#include "base/error.h"

#include <security/pam_modules.h>
#include <sys/types.h>

/*
 * Makes the folders below /tmp anew that TMPDIR, TMP, TEMP and TEMPDIR name: pam_tmpdir and the
 * like have made them for the user, and a private /tmp hides them. It does so with the user's
 * rights alone, and takes a variable away where it cannot. To be called in the session's mount
 * namespace. Returns 0, or -errno and @err where a variable was taken away.
 */
int tmpdir_ensure(pam_handle_t *pamh, uid_t uid, gid_t gid, struct carrel_error *err);

#endif
