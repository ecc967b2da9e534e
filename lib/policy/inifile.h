/* SPDX-License-Identifier: MIT */
/*
 * inifile.h - reads an INI file that only root can change, by the scan and by iniparser.
 */
#ifndef CARREL_POLICY_INIFILE_H
#define CARREL_POLICY_INIFILE_H

#include "policy/scan.h"

enum { INIFILE_SIZE_MAX = 256 * 1024 };

/*
 * Reads @name, a single component in @dirfd, or any path where that is AT_FDCWD: then folders on
 * the way may be links. The file itself has to be a regular one that only root can change, which is
 * checked of the opened descriptor. Problems call it @display.
 *
 * Returns 0 and *ret_scan with values (free with scan_free()); -EINVAL with a problem added where
 * the file is refused; any other -errno, with no problem added, where there is no such file
 * (-ENOENT) or it cannot be read now. The last says nothing about what is in the file, so nobody
 * may go on without it.
 */
int inifile_read(int dirfd, const char *name, const char *display, struct scan *ret_scan,
	struct policy_problems *problems);

#endif
