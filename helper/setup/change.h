/* SPDX-License-Identifier: MIT */
/*
 * change.h - plans, shows and makes the change of carrel setup to one PAM service file.
 */
#ifndef CARREL_HELPER_SETUP_CHANGE_H
#define CARREL_HELPER_SETUP_CHANGE_H

#include "helper/pam/dirs.h"
#include "helper/pam/file.h"

#include <time.h>

/* This holds the folders in which carrel setup works. */
struct setup_place {
	int root_fd;
	struct pam_dirs dirs;
	int saved_fd; /* -EBADF where nothing was ever saved */
};

enum change_kind {
	CHANGE_NONE,
	CHANGE_EDIT,   /* the host's own file */
	CHANGE_COPY,   /* a package's file becomes the host's own, which hides it */
	CHANGE_REMOVE, /* the undo of CHANGE_COPY: the copy is removed */
};

struct setup_change {
	char *name;
	enum change_kind kind;
	struct pam_file file;    /* the present file; with CHANGE_COPY the package's */
	struct pam_file renewed; /* the package's newer text, from which the copy is renewed */
	char *after;             /* NULL with CHANGE_NONE and CHANGE_REMOVE */
	bool exact;              /* an undo that restores the very bytes of the original */
	struct timespec mtime;   /* of the original, if @exact */
	int vendor; /* index of the package's folder, if the file is or becomes a copy */
};

/*
 * Reads the file of the service @name and plans the change that wires it, or with @undo the change
 * that takes carrel's lines out. Prints why where it leaves a file alone. Returns 0 with
 * *ret_change, which the caller frees with setup_change_free(), and whose kind is CHANGE_NONE where
 * there is nothing to change; -ENOENT where there is no such file; -errno.
 */
int setup_change_plan(const struct setup_place *place, const char *name, bool undo,
	struct setup_change *ret_change, struct carrel_error *err);

/* Prints on standard output what will change. Returns 0, or -errno. */
int setup_change_show(const struct setup_change *change, struct carrel_error *err);

/* Makes the change, and saves the original before that unless this is an undo. Returns 0; -EAGAIN
 * where the file has been changed since it was read; -errno. */
int setup_change_apply(const struct setup_place *place, const struct setup_change *change,
	bool undo, struct carrel_error *err);

/* Reverts what setup_change_apply() has done, as far as that is possible. */
void setup_change_revert(const struct setup_place *place, const struct setup_change *change);

/* Frees what the change owns. */
void setup_change_free(struct setup_change *change);

#endif
