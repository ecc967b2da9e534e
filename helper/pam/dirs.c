// SPDX-License-Identifier: MIT
#include "dirs.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "services.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

const char *const pam_dir_name[PAM_DIR_COUNT] = {
	[PAM_DIR_ETC] = "etc/pam.d",
	[PAM_DIR_VENDOR] = "usr/lib/pam.d",
	[PAM_DIR_VENDOR_ETC] = "usr/etc/pam.d",
};

int pam_dirs_open(int root_fd, bool links, struct pam_dirs *ret_dirs, struct carrel_error *err)
{
	struct pam_dirs dirs = PAM_DIRS_NONE;

	for (int i = 0; i < PAM_DIR_COUNT; i++)
		dirs.fd[i] =
			links ? fd_open_in_root(root_fd, pam_dir_name[i], O_RDONLY | O_DIRECTORY)
			      : fd_open_beneath(
					root_fd, pam_dir_name[i], O_RDONLY | O_DIRECTORY, 0);
	if (dirs.fd[PAM_DIR_ETC] < 0) {
		int r = error_set(err, dirs.fd[PAM_DIR_ETC], "open /%s", pam_dir_name[PAM_DIR_ETC]);

		pam_dirs_close(&dirs);
		return r;
	}
	*ret_dirs = dirs;
	return 0;
}

void pam_dirs_close(struct pam_dirs *dirs)
{
	for (int i = 0; i < PAM_DIR_COUNT; i++)
		fd_closep(&dirs->fd[i]);
}

int pam_dirs_find(const struct pam_dirs *dirs, const char *name)
{
	for (int i = 0; i < PAM_DIR_COUNT; i++)
		if (dirs->fd[i] >= 0 && faccessat(dirs->fd[i], name, F_OK, 0) == 0)
			return i;
	return -ENOENT;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_name(char ***names, size_t *count, const char *name)
{
	char **grown = reallocarray(*names, *count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	*names = grown;
	grown[*count] = strdup(name);
	if (!grown[*count])
		return -ENOMEM;
	(*count)++;
	return 0;
}

static int list_folder(int fd, char ***names, size_t *count)
{
	struct dirent *entry;
	DIR *dir = NULL;
	int r = fd_open_dir(fd, &dir);

	while (r == 0 && (entry = readdir(dir)))
		if (pam_service_name_ok(entry->d_name))
			r = add_name(names, count, entry->d_name);
	if (dir)
		closedir(dir);
	return r;
}

int pam_dirs_list(const struct pam_dirs *dirs, char ***ret_names, size_t *ret_count)
{
	char **names = NULL;
	size_t count = 0, kept = 0;
	int r = 0;

	for (int i = 0; i < PAM_DIR_COUNT && r == 0; i++)
		if (dirs->fd[i] >= 0)
			r = list_folder(dirs->fd[i], &names, &count);
	if (r < 0) {
		pam_names_free(names, count);
		return r;
	}
	if (count > 0)
		qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 0; i < count; i++)
		if (kept > 0 && strcmp(names[kept - 1], names[i]) == 0)
			free(names[i]);
		else
			names[kept++] = names[i];
	*ret_names = names;
	*ret_count = kept;
	return 0;
}

void pam_names_free(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}
