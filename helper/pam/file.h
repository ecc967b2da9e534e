/* SPDX-License-Identifier: MIT */
/*
 * file.h - reads a configuration file whole and replaces it in one step.
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
 * Reads the file @name in @dirfd. Refuses, with a remedy in @err, a symbolic link (-ELOOP),
 * anything else that is not a regular file, a file with a NUL byte, and a file that others than
 * root can change (-EPERM). Returns 0 with *ret_file, which the caller frees with pam_file_free();
 * -ENOENT; -errno.
 */
int pam_file_read(int dirfd, const char *name, struct pam_file *ret_file, struct carrel_error *err);
/* Frees the text and closes the file. */
void pam_file_free(struct pam_file *file);

/*
 * Creates or replaces the file @name in @dirfd with @text. The file gets the mode, the owner and
 * the extended attributes (an SELinux label, ACLs) of @like, and the modification time @mtime
 * unless that is NULL. Readers see the old or the new file, and the text is on the disk before it
 * gets the name. A failure leaves nothing behind. Returns 0, or -errno.
 */
int pam_file_replace(int dirfd, const char *name, const char *text, const struct pam_file *like,
	const struct timespec *mtime, struct carrel_error *err);

#endif
