/* SPDX-License-Identifier: MIT */
/*
 * dirs.h - opens the folders in which libpam looks for the file of a service. The host's own folder
 * comes first, then those that packages fill (pam.d(5)); these need a libpam with a vendordir.
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

/* These are the names of the folders beneath the root, such as "etc/pam.d". */
extern const char *const pam_dir_name[PAM_DIR_COUNT];

/*
 * Opens the folders beneath the root @root_fd. Follows a link to one of them only with @links, and
 * never out of the root. Returns 0 with *ret_dirs, which the caller closes with pam_dirs_close();
 * or -errno where /etc/pam.d cannot be opened.
 */
int pam_dirs_open(int root_fd, bool links, struct pam_dirs *ret_dirs, struct carrel_error *err);
/* Closes the folders that are open. */
void pam_dirs_close(struct pam_dirs *dirs);

/* Returns the index of the folder from which libpam takes the file of the service @name, or
 * -ENOENT. */
int pam_dirs_find(const struct pam_dirs *dirs, const char *name);

/* Lists the names of the services in all folders, sorted and each once. Returns 0 with *ret_names,
 * which the caller frees with pam_names_free(); or -errno. */
int pam_dirs_list(const struct pam_dirs *dirs, char ***ret_names, size_t *ret_count);
/* Frees the array and the names. */
void pam_names_free(char **names, size_t count);

#endif
