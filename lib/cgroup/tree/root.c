// SPDX-License-Identifier: MIT
#include "cgroup/tree/root.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/tree/mountinfo.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

/* systemd, cgroupfs-mount, elogind and OpenRC mount cgroups here. */
#define CGROUP_MOUNTS "/sys/fs/cgroup"

/* Opens @path if a file system of the type @magic is mounted there. */
static int open_mount(const char *path, unsigned magic)
{
	cleanup_close int fd = fd_open_nolinks(path, O_PATH | O_DIRECTORY);
	struct statfs fs;

	if (fd < 0)
		return fd == -ELOOP || fd == -ENOTDIR ? -ENOENT : fd;
	if (fstatfs(fd, &fs) < 0)
		return -errno;
	return (unsigned)fs.f_type == magic ? fd_take(&fd) : -ENOENT;
}

static int open_v1_mount(const char *name, size_t length, char *ret_path, size_t size)
{
	if (snprintf(ret_path, size, CGROUP_MOUNTS "/%.*s", (int)length, name) >= (int)size)
		return -ENAMETOOLONG;
	return open_mount(ret_path, CGROUP_SUPER_MAGIC);
}

/* Opens the mount of a v1 hierarchy. systemd names its folder after all of its controllers (cpu is
 * then a link to cpu,cpuacct), others name it after one of them. */
static int open_v1_root(const char *name, char *ret_path, size_t size)
{
	int r;

	if (strncmp(name, "name=", strlen("name=")) == 0)
		name += strlen("name=");
	r = open_v1_mount(name, strlen(name), ret_path, size);
	while (r == -ENOENT && *name) {
		size_t length = strcspn(name, ",");

		r = open_v1_mount(name, length, ret_path, size);
		name += length;
		name += *name == ',';
	}
	return r;
}

struct mount_place {
	char *path;
	size_t size;
};

static bool is_cgroup2(const struct mountinfo *mount, void *data)
{
	const struct mount_place *place = data;

	if (strcmp(mount->type, "cgroup2") != 0 || strlen(mount->point) >= place->size)
		return false;
	strcpy(place->path, mount->point);
	return true;
}

static int open_v2_root(char *ret_path, size_t size)
{
	static const char *const usual[] = {CGROUP_MOUNTS, CGROUP_MOUNTS "/unified"};
	struct mount_place place = {ret_path, size};
	int r;

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		if (snprintf(ret_path, size, "%s", usual[i]) >= (int)size)
			return -ENAMETOOLONG;
		r = open_mount(ret_path, CGROUP2_SUPER_MAGIC);
		if (r != -ENOENT)
			return r;
	}
	r = mountinfo_find(is_cgroup2, &place);
	return r < 0 ? r : open_mount(ret_path, CGROUP2_SUPER_MAGIC);
}

int cgroup_root_open(const char *controllers, char *ret_path, size_t size)
{
	return controllers[0] ? open_v1_root(controllers, ret_path, size)
			      : open_v2_root(ret_path, size);
}
