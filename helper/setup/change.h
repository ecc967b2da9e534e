/* SPDX-License-Identifier: MIT */
/*
 * change.h - what carrel setup makes of one PAM service file.
 */
#ifndef CARREL_HELPER_SETUP_CHANGE_H
#define CARREL_HELPER_SETUP_CHANGE_H

#include "helper/pam/dirs.h"
#include "helper/pam/file.h"

#include <time.h>

/* Where the files are. */
struct setup_place {
	int root_fd;
	struct pam_dirs dirs;
	int saved_fd; /* -EBADF where nothing was ever saved */
};

enum change_kind {
	CHANGE_NONE,
	CHANGE_EDIT,   /* the host's own file */
	CHANGE_COPY,   /* a package's file becomes the host's own, which hides it */
	CHANGE_REMOVE, /* such a copy goes again */
};

struct setup_change {
	char *name;
	enum change_kind kind;
	struct pam_file file;    /* as it is; of CHANGE_COPY the package's */
	struct pam_file renewed; /* text: the package's, which a copy is made from again */
	char *after;             /* NULL with CHANGE_NONE and CHANGE_REMOVE */
	bool exact;              /* undo: the original's very bytes */
	struct timespec mtime;   /* of the original, if @exact */
	int vendor;              /* the package's folder, where the file is a copy, or will be */
};

/*
 * Reads the file of the service @name and decides what wiring it, or with @undo taking carrel out
 * of it, makes of it. Prints why it leaves a file alone. Returns 0 and *ret_change
 * (setup_change_free()), whose kind is CHANGE_NONE where the file is as it should be; -ENOENT where
 * there is none; -errno.
 */
int setup_change_plan(const struct setup_place *place, const char *name, bool undo,
	struct setup_change *ret_change, struct carrel_error *err);

/* Shows on stdout what will change. */
int setup_change_show(const struct setup_change *change, struct carrel_error *err);

/* Makes the change, unless the file was changed since it was read (-EAGAIN). What was there is
 * saved before, unless this is an undo. */
int setup_change_apply(const struct setup_place *place, const struct setup_change *change,
	bool undo, struct carrel_error *err);

/* Takes back what setup_change_apply() did. */
void setup_change_revert(const struct setup_place *place, const struct setup_change *change);

void setup_change_free(struct setup_change *change);

#endif
