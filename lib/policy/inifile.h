/* SPDX-License-Identifier: MIT */
/*
 * inifile.h - one INI file: opened, trusted, scanned, and read by iniparser as well.
 */
#ifndef CARREL_POLICY_INIFILE_H
#define CARREL_POLICY_INIFILE_H

#include "policy/scan.h"

enum { INIFILE_SIZE_MAX = 256 * 1024 };

/*
 * Opens @name in @dirfd, of which it is one component (or any path, with AT_FDCWD; then the folders
 * on the way may be links). The file itself must be a regular one that only root can change; what
 * is checked is the opened descriptor. @display names it in problems. Returns 0 and *ret_scan (free
 * with scan_free()); -EINVAL with a problem added, where it is as it must not be; any other -errno,
 * with no problem added, where there is none (-ENOENT) or it could not be read now: that is no word
 * on what it says, and nobody may go on without it.
 */
int inifile_read(int dirfd, const char *name, const char *display, struct scan *ret_scan,
	struct policy_problems *problems);

#endif
