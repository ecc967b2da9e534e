/* SPDX-License-Identifier: MIT */
/*
 * dirs.h - the folders that libpam looks for a service's file in: the host's own comes first,
 * then those that packages fill (pam.d(5); the second needs a libpam with a vendordir).
 */
#ifndef CARREL_HELPER_PAM_DIRS_H
#define CARREL_HELPER_PAM_DIRS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { PAM_DIR_ETC, PAM_DIR_VENDOR, PAM_DIR_VENDOR_ETC, PAM_DIR_COUNT };

struct pam_dirs {
	int fd[PAM_DIR_COUNT]; /* -EBADF: there is none */
};

#define PAM_DIRS_NONE ((struct pam_dirs){{-EBADF, -EBADF, -EBADF}})

/* Their names beneath the root: "etc/pam.d". */
extern const char *const pam_dir_name[PAM_DIR_COUNT];

/*
 * Opens them below the root @root_fd; a link may lead to one only with @links, and not out of the
 * root. Returns 0 and *ret_dirs (pam_dirs_close()), or -errno where /etc/pam.d cannot be opened.
 */
int pam_dirs_open(int root_fd, bool links, struct pam_dirs *ret_dirs, struct carrel_error *err);
void pam_dirs_close(struct pam_dirs *dirs);

/* The index of the folder whose file libpam takes for @name, or -ENOENT. */
int pam_dirs_find(const struct pam_dirs *dirs, const char *name);

/* The names of all services in all folders, sorted, each once: malloc'ed as pam_names_free() frees
 * them. 0, or -errno. */
int pam_dirs_list(const struct pam_dirs *dirs, char ***ret_names, size_t *ret_count);
void pam_names_free(char **names, size_t count);

#endif
