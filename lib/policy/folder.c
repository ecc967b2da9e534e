// SPDX-License-Identifier: MIT
#include "base/cleanup.h"
#include "base/list.h"
#include "policy/file.h"
#include "policy/names.h"
#include "policy/problems.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* A folder that changes meanwhile is read this many times at most. */
enum { TRIES_MAX = 20 };

static int read_files(
	int dirfd, const char *dir, struct policy_folder *folder, struct policy_problems *problems)
{
	cleanup(list_freep) char **names = NULL;
	int r = names_read(dirfd, &names);

	if (r < 0)
		return r;
	folder->file = calloc(list_length(names) + 1, sizeof(*folder->file));
	if (!folder->file)
		return -ENOMEM;
	for (size_t i = 0; names && names[i]; i++) {
		cleanup_free char *path = NULL;

		if (asprintf(&path, "%s/%s", dir, names[i]) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		r = policy_file_read(dirfd, names[i], path, &folder->file[folder->count], problems);
		if (r < 0)
			return r;
		folder->count++;
	}
	return 0;
}

/*
 * Returns whether @fd is still what @dir leads to, with the entries that it had. A folder that was
 * swapped may have been taken apart since it was opened, even before the first look at it. It must
 * not be read in part, because the file that is gone may be the strictest. Times alone would not
 * tell, as they are those of the last timer tick.
 */
static bool is_unchanged(int fd, const char *dir, const struct stat *before)
{
	struct stat after, now;

	return fstat(fd, &after) == 0 && stat(dir, &now) == 0 && now.st_dev == after.st_dev &&
	       now.st_ino == after.st_ino && after.st_mtim.tv_sec == before->st_mtim.tv_sec &&
	       after.st_mtim.tv_nsec == before->st_mtim.tv_nsec;
}

/* Tries once to read the folder. Returns 0; -EAGAIN if the folder changed while it was read;
 * -ENOENT if there is none; or another -errno. */
static int try_folder(const char *dir, struct policy_folder *folder,
	struct policy_problems *problems, struct carrel_error *err)
{
	cleanup_close int fd = -EBADF;
	struct stat before;
	int r;

	fd = names_open_folder("policy folder", dir, &before, err);
	if (fd < 0)
		return fd;
	r = read_files(fd, dir, folder, problems);
	if (r < 0 && r != -ENOENT)
		return error_set(err, r, "policy folder %s", dir);
	return r == 0 && is_unchanged(fd, dir, &before) ? 0 : -EAGAIN;
}

int policy_folder_read(const char *dir, struct policy_folder *ret_folder,
	struct policy_problems *problems, struct carrel_error *err)
{
	const struct timespec pause = {.tv_nsec = 5000000};
	int missing = 0;

	for (int try = 0; try < TRIES_MAX; try++) {
		cleanup(policy_folder_free) struct policy_folder folder = {0};
		cleanup(policy_problems_free) struct policy_problems found = {0};
		/* The caller may judge by @err, so a try that a later one makes good must not fill
		 * it. */
		struct carrel_error failure = {0};
		int r = try_folder(dir, &folder, &found, &failure);

		if (r == -EAGAIN)
			continue;
		/* The folder may be missing because somebody is between two renames. */
		if (r == -ENOENT) {
			missing++;
			nanosleep(&pause, NULL);
			continue;
		}
		if (r == 0 && problems_move(problems, &found) < 0)
			r = error_set(&failure, -ENOMEM, "policy folder %s", dir);
		if (r < 0) {
			if (err)
				*err = failure;
			return r;
		}
		*ret_folder = TAKE_STRUCT(folder);
		return 0;
	}
	/* Without policies nobody would be confined, and that is not what a lost folder means. */
	if (missing == TRIES_MAX) {
		error_set(err, -ENOENT, "policy folder %s", dir);
		error_why(err,
			"it is missing, and until it is back only root and the admins can log in; create it, or install carrel again");
		return -ENOENT;
	}
	error_set(err, -EBUSY, "policy folder %s", dir);
	error_why(err, "it kept changing while it was read");
	return -EBUSY;
}

void policy_folder_free(struct policy_folder *folder)
{
	for (size_t i = 0; i < folder->count; i++)
		policy_file_free(&folder->file[i]);
	free(folder->file);
	*folder = (struct policy_folder){0};
}

bool policy_folder_refuses(const struct policy_folder *folder, const struct policy_login *login)
{
	for (size_t i = 0; i < folder->count; i++) {
		const struct policy_file *file = &folder->file[i];

		if (!file->refused)
			continue;
		if (!login->system_account || !file->match_known ||
			policy_file_fits(file, login, MATCH_ALL))
			return true;
	}
	return false;
}
