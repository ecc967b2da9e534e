// SPDX-License-Identifier: MIT
/*
 * overlay.c - an overlay over a folder whose changes are thrown away: the upper layer is a file
 * system of the session's own, and goes with it. Nothing is ever removed file by file.
 *
 * The kernel takes layers only from mounts of the caller's own namespace (clone_private_mount() in
 * fs/namespace.c). So the new file system is mounted on the folder, where the overlay then covers
 * it, and all layers are named by descriptors, through /proc.
 */
#include "view/view.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/*
 * An overlay reads its layers with the rights of whoever mounted it, which is root: a server that
 * does not believe root (root_squash) would show nothing, and a FUSE of a user's would be asked by
 * root. The numbers are those of linux/magic.h, and of file systems that are not there.
 */
static bool can_be_lower(int folder)
{
	static const unsigned remote[] = {NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC,
		SMB2_SUPER_MAGIC, FUSE_SUPER_MAGIC, V9FS_MAGIC, CEPH_SUPER_MAGIC, AFS_SUPER_MAGIC,
		AFS_FS_MAGIC, CODA_SUPER_MAGIC, AUTOFS_SUPER_MAGIC, 0x0bd00bd0 /* Lustre */,
		0x19830326 /* BeeGFS */, 0x47504653 /* GPFS */, 0x20030528 /* OrangeFS */};
	struct statfs fs;

	if (fstatfs(folder, &fs) < 0)
		return false;
	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if ((unsigned)fs.f_type == remote[i]) {
			errno = EOPNOTSUPP;
			return false;
		}
	return true;
}

/* Makes the folder @name in @layers, which looks as @like does where that is one. Returns a
 * descriptor, or -1 and errno. */
static int make_layer(int layers, const char *name, const struct stat *like)
{
	int fd;

	if (mkdirat(layers, name, 0700) < 0)
		return -1;
	if (like && (fchownat(layers, name, like->st_uid, like->st_gid, AT_SYMLINK_NOFOLLOW) < 0 ||
			    fchmodat(layers, name, like->st_mode & 07777, 0) < 0))
		return -1;
	fd = view_open_path(layers, name, O_PATH | O_DIRECTORY);
	return fd;
}

static int set_layer(int fs, const char *key, int layer)
{
	char path[32] = "/proc/self/fd/", digits[12];
	size_t n = 0, used = strlen(path);

	for (unsigned rest = (unsigned)layer; n == 0 || rest; rest /= 10)
		digits[n++] = (char)('0' + rest % 10);
	while (n > 0)
		path[used++] = digits[--n];
	path[used] = '\0';
	return (int)syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, path, 0);
}

/* Returns an overlay that is mounted nowhere yet, or -1 and errno. */
static int make_overlay(int lower, int upper, int work)
{
	int fs = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC), mount = -1;

	if (fs < 0)
		return -1;
	if (set_layer(fs, "lowerdir", lower) == 0 && set_layer(fs, "upperdir", upper) == 0 &&
		set_layer(fs, "workdir", work) == 0 &&
		/* Else a folder of the lower layer could not be renamed (EXDEV). */
		syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "redirect_dir", "on", 0) == 0 &&
		syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		mount = (int)syscall(
			SYS_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	close(fs);
	return mount;
}

int view_overlay(int layers, int folder)
{
	int upper = -1, work = -1, overlay = -1, r = -1;
	struct stat st;

	if (!can_be_lower(folder) || fstat(folder, &st) < 0)
		return -1;
	upper = make_layer(layers, "upper", &st);
	if (upper >= 0)
		work = make_layer(layers, "work", NULL);
	if (work >= 0 && view_move_mount(layers, folder) == 0)
		overlay = make_overlay(folder, upper, work);
	if (overlay >= 0 && view_take_after(overlay, folder, PLAN_OP_NOEXEC_AS_BELOW) == 0)
		r = view_move_mount(overlay, layers);
	for (int i = 0; i < 3; i++) {
		int fd = i == 0 ? upper : i == 1 ? work : overlay;

		if (fd >= 0)
			close(fd);
	}
	return r;
}
