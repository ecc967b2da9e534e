/* SPDX-License-Identifier: MIT */
/*
 * file.h - a configuration file that is read whole and replaced in one step.
 */
#ifndef CARREL_HELPER_PAM_FILE_H
#define CARREL_HELPER_PAM_FILE_H

#include "base/error.h"

#include <sys/stat.h>

struct pam_file {
	char *text;
	struct stat st;
	int fd; /* open for reading: its extended attributes are copied; -EBADF: they are not */
};

/*
 * Reads @name in @dirfd. Refused with a remedy in @err: a symbolic link (-ELOOP), what is no
 * regular file, holds a NUL byte, or can be changed by others than its owner (-EPERM). 0 and
 * *ret_file (pam_file_free()), -ENOENT, -errno.
 */
int pam_file_read(int dirfd, const char *name, struct pam_file *ret_file, struct carrel_error *err);
void pam_file_free(struct pam_file *file);

/*
 * Makes @name in @dirfd hold @text, with the mode, owner and extended attributes (an SELinux label,
 * ACLs) of @like, and the time of modification @mtime unless NULL. Readers see the old or the new
 * file; what was written is on the disk before it takes the name. Nothing is left on failure.
 */
int pam_file_replace(int dirfd, const char *name, const char *text, const struct pam_file *like,
	const struct timespec *mtime, struct carrel_error *err);

#endif
