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
	struct dirent *entry;
	int r = fd_open_dir(dirfd, &dir);

	while (r == 0 && (errno = 0, entry = readdir(dir)))
		if (names_is_ini(entry->d_name))
			r = list_append(&names, (char *[]){entry->d_name, NULL});
	if (r == 0)
		r = -errno;
	if (r < 0)
		return r;
	if (names)
		qsort(names, list_length(names), sizeof(*names), compare_ini_names);
	*ret_names = TAKE_PTR(names);
	return 0;
}
