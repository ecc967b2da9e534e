/* SPDX-License-Identifier: MIT */
/*
 * own_folder.h - the folders in whose stead a session has its own, for files that are carried in.
 */
#ifndef CARREL_PAM_MODULE_OWN_FOLDER_H
#define CARREL_PAM_MODULE_OWN_FOLDER_H

#include <sys/types.h>

/* A descriptor of /tmp, /var/tmp or the runtime folder of @uid, whichever @path lies in, and in
 * *ret_rest the rest of @path. -EXDEV where it lies in none of them, or -errno. */
int own_folder_open(const char *path, uid_t uid, const char **ret_rest);

#endif
