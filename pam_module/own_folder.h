/* SPDX-License-Identifier: MIT */
/*
 * own_folder.h - opens the folders that a session has of its own, to carry files into them.
 */
#ifndef CARREL_PAM_MODULE_OWN_FOLDER_H
#define CARREL_PAM_MODULE_OWN_FOLDER_H

#include <sys/types.h>

/* Opens /tmp, /var/tmp or the runtime folder of @uid, whichever @path lies in. Returns a
 * descriptor, which the caller closes, and in *ret_rest the rest of @path, which is part of it;
 * -EXDEV where
 * @path lies in none of them; or -errno. */
int own_folder_open(const char *path, uid_t uid, const char **ret_rest);

#endif
