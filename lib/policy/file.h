/* SPDX-License-Identifier: MIT */
/*
 * file.h - policy files: whom each is for, and what it sets.
 */
#ifndef CARREL_POLICY_FILE_H
#define CARREL_POLICY_FILE_H

#include "policy/match.h"
#include "policy/table.h"

struct policy_file {
	char *path; /* for messages and origins */
	bool refused;
	bool match_known; /* whether @match could be read, also where the file is refused */
	struct match match;
	struct assignments assignments; /* of policy_keys; none in a refused file */
};

/*
 * Reads @name in @dirfd as inifile_read() does; messages call it @path. Returns 0 and *ret_file
 * (free with policy_file_free()), also where the file is refused, with problems added; -ENOENT
 * where there is no such file; -ENOMEM.
 */
int policy_file_read(int dirfd, const char *name, const char *path, struct policy_file *ret_file,
	struct policy_problems *problems);
void policy_file_free(struct policy_file *file);

/* This holds all policy files of a folder, in the order in which they are merged. */
struct policy_folder {
	struct policy_file *file;
	size_t count;
};

/*
 * Reads every *.ini file of @dir, refused ones included. Returns 0 and *ret_folder (free with
 * policy_folder_free()); -ENOENT where there is no such folder; -EPERM where others than root can
 * change it; -EBUSY where it kept changing while it was read; -errno. An error fills @err.
 */
int policy_folder_read(const char *dir, struct policy_folder *ret_folder,
	struct policy_problems *problems, struct carrel_error *err);
void policy_folder_free(struct policy_folder *folder);

/* Returns whether @file counts for @login, going by the keys @fields of its [match]. */
bool policy_file_fits(
	const struct policy_file *file, const struct policy_login *login, unsigned fields);

/* Returns whether a refused file might have been for @login. Every refused file concerns an
 * ordinary user; one whose [match] could be read concerns a system account only if it fits. */
bool policy_folder_refuses(const struct policy_folder *folder, const struct policy_login *login);

#endif
