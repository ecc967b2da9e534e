// SPDX-License-Identifier: MIT
#include "policy/names.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/list.h"

#include <fcntl.h>
#include <string.h>

bool names_is_ini(const char *name)
{
	size_t length = strlen(name);

	return name[0] != '.' && length > 4 && strcmp(name + length - 4, ".ini") == 0;
}

int names_open_folder(
	const char *what, const char *dir, struct stat *ret_stat, struct carrel_error *err)
{
	cleanup_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, -errno, "%s %s", what, dir);
	if (!fd_stat_trusted(&st)) {
		error_set(err, -EPERM, "%s %s", what, dir);
		error_why(err, st.st_uid ? "does not belong to root"
					 : "can be written by others than root");
		return -EPERM;
	}
	*ret_stat = st;
	return fd_take(&fd);
}

static int compare_ini_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int names_read(int dirfd, char ***ret_names)
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
		if (!names_is_ini(entry->d_name))
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
		qsort(names, count, sizeof(*names), compare_ini_names);
	*ret_names = TAKE_PTR(names);
	return 0;
}
