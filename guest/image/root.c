// SPDX-License-Identifier: MIT
#include "root.h"
#include "base/fd.h"
#include "store.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define UNITS      "etc/systemd/system"
#define GENERATORS "etc/systemd/system-generators"
#define NOTHING    "/dev/null"

/* The folder that @path lies in, made with those above it if need be; *ret_name is the rest. */
static int open_parent(int rootfd, const char *path, const char **ret_name)
{
	cleanup_close int fd = fd_open_beneath(rootfd, ".", O_RDONLY | O_DIRECTORY, 0);
	const char *slash;

	while (fd >= 0 && (slash = strchr(path, '/'))) {
		char name[NAME_MAX + 1];
		int next;

		if (slash - path > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, path, (size_t)(slash - path));
		name[slash - path] = '\0';
		if (mkdirat(fd, name, 0755) < 0 && errno != EEXIST)
			return -errno;
		next = fd_open_beneath(fd, name, O_RDONLY | O_DIRECTORY, 0);
		fd_closep(&fd);
		fd = next;
		path = slash + 1;
	}
	*ret_name = path;
	return fd_take(&fd);
}

static int remove_matching(int rootfd, const char *pattern)
{
	cleanup_closedir DIR *dir = NULL;
	const struct dirent *entry;
	const char *name;
	cleanup_close int fd = open_parent(rootfd, pattern, &name);
	int r = fd < 0 ? fd : fd_open_dir(fd, &dir);

	while (r == 0 && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
			fnmatch(name, entry->d_name, 0) == 0)
			r = image_tree_remove(fd, entry->d_name);
	return r;
}

/* Whatever was there before, a link above all, makes room. */
static int write_file(int rootfd, const struct recipe_file *file)
{
	const char *name;
	cleanup_close int parent = open_parent(rootfd, file->path, &name);
	cleanup_close int fd = -EBADF;

	if (parent < 0)
		return parent;
	if (unlinkat(parent, name, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = fd_open_beneath(parent, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return fd;
	if (fchmod(fd, file->mode) < 0)
		return -errno;
	return fd_write_all(fd, file->text, strlen(file->text));
}

static int write_link(int rootfd, const char *path, const char *target)
{
	const char *name;
	cleanup_close int parent = open_parent(rootfd, path, &name);

	if (parent < 0)
		return parent;
	if (unlinkat(parent, name, 0) < 0 && errno != ENOENT)
		return -errno;
	return symlinkat(target, parent, name) < 0 ? -errno : 0;
}

static int mask(int rootfd, const char *folder, const char *const *names, struct carrel_error *err)
{
	for (; *names; names++) {
		char path[PATH_MAX];
		int r;

		snprintf(path, sizeof(path), "%s/%s", folder, *names);
		r = write_link(rootfd, path, NOTHING);
		if (r < 0)
			return error_set(err, r, "mask %s in the new root", *names);
	}
	return 0;
}

int image_root_apply(int rootfd, const struct image_recipe *recipe, struct carrel_error *err)
{
	int r;

	for (const char *const *pattern = recipe->removed; *pattern; pattern++) {
		r = remove_matching(rootfd, *pattern);
		if (r < 0)
			return error_set(err, r, "remove %s in the new root", *pattern);
	}
	for (const struct recipe_file *file = recipe->files; file->path; file++) {
		r = write_file(rootfd, file);
		if (r < 0)
			return error_set(err, r, "write %s in the new root", file->path);
	}
	for (const struct recipe_link *link = recipe->links; link->path; link++) {
		r = write_link(rootfd, link->path, link->target);
		if (r < 0)
			return error_set(err, r, "link %s in the new root", link->path);
	}
	r = mask(rootfd, UNITS, recipe->masked, err);
	return r < 0 ? r : mask(rootfd, GENERATORS, recipe->generators, err);
}
