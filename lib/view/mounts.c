// SPDX-License-Identifier: MIT
/*
 * mounts.c - makes mounts, takes hold of them and puts them in their places.
 */
#include "view/view.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int view_enslave(void)
{
	struct mount_attr attr = {.propagation = MS_SLAVE};

	return view_mount_attr(AT_FDCWD, "/", AT_RECURSIVE, &attr);
}

int view_grab(int fd, uint64_t attrs)
{
	struct mount_attr attr = {.attr_set = attrs};
	int tree = (int)syscall(SYS_open_tree, fd, "",
		OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);

	if (tree >= 0 && attrs &&
		view_mount_attr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr) < 0) {
		close(tree);
		return -1;
	}
	return tree;
}

/* Splits "key=value" on the stack: fsconfig(2) wants the two apart. */
static int set_fs_option(int fs, const char *option)
{
	const char *equals = strchr(option, '=');
	char key[32];

	if (!equals || (size_t)(equals - option) >= sizeof(key)) {
		errno = EINVAL;
		return -1;
	}
	memcpy(key, option, (size_t)(equals - option));
	key[equals - option] = '\0';
	return (int)syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, equals + 1, 0);
}

int view_new_fs(const char *type, const char *options, uint64_t attrs)
{
	int fs = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
	int mount = -1;

	if (fs < 0)
		return -1;
	for (; *options; options += strlen(options) + 1)
		if (set_fs_option(fs, options) < 0)
			goto out;
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		mount = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, (unsigned)attrs);
out:
	close(fs);
	return mount;
}

/* The kernel says EINVAL, as for much else, where one is a folder and the other is not. */
static bool same_kind(int mount, int target)
{
	struct stat one, other;

	return fstat(mount, &one) == 0 && fstat(target, &other) == 0 &&
	       S_ISDIR(one.st_mode) == S_ISDIR(other.st_mode);
}

int view_attach(int mount, int target, unsigned flags)
{
	int r;

	if ((flags & PLAN_OP_GUARDED) && !same_kind(mount, target)) {
		errno = ENOTDIR;
		return -1;
	}
	r = view_take_after(mount, target, flags);

	return r < 0 ? r : view_move_mount(mount, target);
}

int view_protect(const char *path, uint64_t attrs)
{
	struct mount_attr attr = {.attr_set = attrs};
	int fd = view_open_path(AT_FDCWD, path, O_PATH | O_DIRECTORY);
	int r;

	if (fd < 0)
		return -1;
	r = view_mount_attr(fd, "", AT_EMPTY_PATH, &attr);
	close(fd);
	return r;
}
