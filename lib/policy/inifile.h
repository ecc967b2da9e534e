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
 * with scan_free()); -ENOENT where there is none, with no problem added; -EINVAL with a problem
 * added; -ENOMEM.
 */
int inifile_read(int dirfd, const char *name, const char *display, struct scan *ret_scan,
	struct policy_problems *problems);

#endif
