// SPDX-License-Identifier: MIT
#include "cgroup/tree/blockdev.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/limits.h"
#include "cgroup/tree/mountinfo.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { DEV_TEXT_MAX = 64, STACK_MAX = 16 };

/* Reads a "MAJ:MIN" file of sysfs. */
static int read_dev(int dirfd, const char *path, dev_t *ret_device)
{
	cleanup_free char *text = NULL;
	unsigned major_, minor_;
	int r;

	r = fd_read_file(dirfd, path, DEV_TEXT_MAX, &text);
	if (r < 0)
		return r;
	if (sscanf(text, "%u:%u", &major_, &minor_) != 2)
		return -EBADMSG;
	*ret_device = makedev(major_, minor_);
	return 0;
}

/* Finds the disk of a partition. Any other device is returned as it is. */
static int whole_disk(dev_t device, dev_t *ret_device)
{
	char path[64];
	int r;

	snprintf(
		path, sizeof(path), "/sys/dev/block/%u:%u/partition", major(device), minor(device));
	r = fd_look(AT_FDCWD, path);
	if (r == -ENOENT)
		*ret_device = device;
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	/* The link leads to …/DISK/PARTITION, so ".." behind it is the disk. */
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/../dev", major(device), minor(device));
	return read_dev(AT_FDCWD, path, ret_device);
}

struct mount_by_id {
	uint64_t id;
	char type[64];
	char source[PATH_MAX];
};

static bool has_id(const struct mountinfo *mount, void *data)
{
	struct mount_by_id *wanted = data;

	if (mount->id != wanted->id)
		return false;
	snprintf(wanted->type, sizeof(wanted->type), "%s", mount->type);
	snprintf(wanted->source, sizeof(wanted->source), "%s", mount->source);
	return true;
}

/* Finds the disk of a file system without a device number of its own, which only btrfs has. */
static int device_by_mount(
	const char *path, uint64_t mount_id, dev_t *ret_device, struct carrel_error *err)
{
	struct mount_by_id mount = {.id = mount_id};
	struct stat st;
	int r;

	r = mountinfo_find(has_id, &mount);
	if (r < 0)
		return error_set(err, r, "io.max: mount of %s", path);
	if (strcmp(mount.type, "btrfs") != 0) {
		error_set(err, -ENOTSUP, "io.max: %s", path);
		error_why(err, "file system %s has no block device", mount.type);
		return -ENOTSUP;
	}
	if (stat(mount.source, &st) < 0)
		return error_set(err, -errno, "io.max: device %s of %s", mount.source, path);
	if (!S_ISBLK(st.st_mode))
		return error_set(err, -ENOTBLK, "io.max: device %s of %s", mount.source, path);
	*ret_device = st.st_rdev;
	return 0;
}

int cgroup_block_device(const char *path, dev_t *ret_device, struct carrel_error *err)
{
	struct statx stx;
	dev_t device;
	int r;

	/* AT_STATX_DONT_SYNC does not wait for a file server: only the numbers of the mount
	 * matter. */
	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_TYPE | STATX_MNT_ID, &stx) < 0)
		return error_set(err, -errno, "io.max: %s", path);
	if (S_ISBLK(stx.stx_mode)) {
		device = makedev(stx.stx_rdev_major, stx.stx_rdev_minor);
	} else if (stx.stx_dev_major != 0) {
		device = makedev(stx.stx_dev_major, stx.stx_dev_minor);
	} else {
		r = device_by_mount(path, stx.stx_mnt_id, &device, err);
		if (r < 0)
			return r;
	}
	r = whole_disk(device, ret_device);
	if (r < 0)
		return error_set(err, r, "io.max: disk of %s", path);
	return 0;
}

/* Finds the first device below @device, if all others are partitions of the same disk
 * (dm-verity, say). Returns 0, or -ENOENT where there are none or they lie on several disks. */
static int device_below(dev_t device, dev_t *ret_device)
{
	cleanup_closedir DIR *dir = NULL;
	char path[64], name[NAME_MAX + sizeof("/dev")];
	dev_t first = 0, first_disk = 0, next, disk;
	struct dirent *entry;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/slaves", major(device), minor(device));
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/dev", entry->d_name);
		if (read_dev(dirfd(dir), name, &next) < 0 || whole_disk(next, &disk) < 0)
			return -ENOENT;
		if (first != 0 && (disk != first_disk || next == disk || first == first_disk))
			return -ENOENT;
		if (first == 0) {
			first = next;
			first_disk = disk;
		}
	}
	if (first == 0)
		return -ENOENT;
	*ret_device = first;
	return 0;
}

dev_t cgroup_block_originating(dev_t device)
{
	for (int depth = 0; depth < STACK_MAX; depth++)
		if (device_below(device, &device) < 0)
			break;
	(void)whole_disk(device, &device);
	return device;
}
