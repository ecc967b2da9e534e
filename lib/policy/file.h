/* SPDX-License-Identifier: MIT */
/*
 * file.h - one policy file: for whom it is, and what it sets.
 */
#ifndef CARREL_POLICY_FILE_H
#define CARREL_POLICY_FILE_H

#include "policy/match.h"
#include "policy/table.h"

struct policy_file {
	char *path; /* for messages and origins */
	bool refused;
	bool match_known; /* of a refused file: whether it got as far as that @match holds */
	struct match match;
	struct assignments assignments; /* by enum policy_key; none in a refused file */
};

/*
 * Reads @name beneath @dirfd (see inifile_read()); @path is what messages call it. Returns 0 and
 * *ret_file (free with policy_file_free()), also when the file is refused, with problems added;
 * -ENOENT where there is none; -ENOMEM.
 */
int policy_file_read(int dirfd, const char *name, const char *path, struct policy_file *ret_file,
	struct policy_problems *problems);
void policy_file_free(struct policy_file *file);

/* All policy files of a folder, in the order of merging. */
struct policy_folder {
	struct policy_file *file;
	size_t count;
};

/*
 * Reads every *.ini of @dir, refused ones included. A missing folder is an empty one. Returns 0 and
 * *ret_folder (free with policy_folder_free()); -EPERM where others than root can change the
 * folder; -EBUSY where it kept changing while it was read; -errno.
 */
int policy_folder_read(const char *dir, struct policy_folder *ret_folder,
	struct policy_problems *problems, struct carrel_error *err);
void policy_folder_free(struct policy_folder *folder);

/* Whether @file counts for @login, by the keys @fields of its [match]. */
bool policy_file_fits(
	const struct policy_file *file, const struct policy_login *login, unsigned fields);

/* Whether some refused file might have been for @login. Where its [match] could not be read, it
 * might; and an ordinary user is concerned by every refused file. */
bool policy_folder_refuses(const struct policy_folder *folder, const struct policy_login *login);

#endif
