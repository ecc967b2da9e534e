// SPDX-License-Identifier: MIT
#include "base/cleanup.h"
#include "base/fd.h"
#include "policy/file.h"
#include "policy/list.h"
#include "policy/problems.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* How often a folder is read again because it changed meanwhile. */
enum { TRIES_MAX = 10 };

static bool is_policy_name(const char *name)
{
	size_t length = strlen(name);

	return name[0] != '.' && length > 4 && strcmp(name + length - 4, ".ini") == 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of the policies in @dirfd, in the order of merging. */
static int list_names(int dirfd, char ***ret_names)
{
	cleanup(list_freep) char **names = NULL;
	cleanup_closedir DIR *dir = NULL;
	/* fdopendir(3) takes possession, and would share the position with @dirfd after dup(2). */
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;
	size_t count = 0, room = 0;

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		int r = -errno;

		close(fd);
		return r;
	}
	while (errno = 0, (entry = readdir(dir))) {
		if (!is_policy_name(entry->d_name))
			continue;
		if (count + 1 >= room) {
			char **grown = reallocarray(names, room = room * 2 + 16, sizeof(*grown));

			if (!grown)
				return -ENOMEM;
			names = grown;
		}
		names[count] = strdup(entry->d_name);
		if (!names[count])
			return -ENOMEM;
		names[++count] = NULL;
	}
	if (errno)
		return -errno;
	if (count > 1)
		qsort(names, count, sizeof(*names), compare_names);
	*ret_names = TAKE_PTR(names);
	return 0;
}

static int read_files(
	int dirfd, const char *dir, struct policy_folder *folder, struct policy_problems *problems)
{
	cleanup(list_freep) char **names = NULL;
	int r = list_names(dirfd, &names);

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
 * Whether @fd is still what @dir leads to, with the entries that it had. A folder that was swapped
 * may have been taken apart since it was opened, also before the first look at it, and must not be
 * read in part: the file that is gone may be the strictest. Times alone would not tell, as they are
 * those of the last timer tick.
 */
static bool is_unchanged(int fd, const char *dir, const struct stat *before)
{
	struct stat after, now;

	return fstat(fd, &after) == 0 && stat(dir, &now) == 0 && now.st_dev == after.st_dev &&
	       now.st_ino == after.st_ino && after.st_mtim.tv_sec == before->st_mtim.tv_sec &&
	       after.st_mtim.tv_nsec == before->st_mtim.tv_nsec;
}

/* One try: 0, -EAGAIN if the folder changed while it was read, -ENOENT if there is none. */
static int try_folder(const char *dir, struct policy_folder *folder,
	struct policy_problems *problems, struct carrel_error *err)
{
	cleanup_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat before;
	int r;

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0)
		return error_set(err, -errno, "policy folder %s", dir);
	if (fstat(fd, &before) < 0)
		return error_set(err, -errno, "policy folder %s", dir);
	if (!fd_stat_trusted(&before)) {
		error_set(err, -EPERM, "policy folder %s", dir);
		return error_why(err, before.st_uid ? "does not belong to root"
						    : "can be written by others than root");
	}
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
		int r = try_folder(dir, &folder, &found, err);

		if (r == -EAGAIN)
			continue;
		/* Somebody may be between two renames. */
		if (r == -ENOENT) {
			missing++;
			nanosleep(&pause, NULL);
			continue;
		}
		if (r == 0 && problems_move(problems, &found) < 0)
			r = error_set(err, -ENOMEM, "policy folder %s", dir);
		if (r < 0)
			return r;
		*ret_folder = folder;
		folder = (struct policy_folder){0};
		return 0;
	}
	/* Nothing would confine anybody: that is not what a lost folder means. */
	if (missing == TRIES_MAX) {
		error_set(err, -ENOENT, "policy folder %s", dir);
		return error_why(err, "it is missing; make it, or install carrel again");
	}
	error_set(err, -EBUSY, "policy folder %s", dir);
	return error_why(err, "it kept changing while it was read");
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
