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
#include <sys/syscall.h>
#include <unistd.h>

int view_enslave(void)
{
	struct mount_attr attr = {.propagation = MS_SLAVE};

	return view_mount_attr(AT_FDCWD, "/", AT_RECURSIVE, &attr);
}

int view_grab(const char *path)
{
	int fd = view_open_path(AT_FDCWD, path, O_PATH | O_DIRECTORY);
	int tree;

	if (fd < 0)
		return -1;
	tree = (int)syscall(SYS_open_tree, fd, "",
		OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
	close(fd);
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

int view_attach(int mount, const char *path, unsigned flags)
{
	int target = view_open_path(AT_FDCWD, path, O_PATH | O_DIRECTORY);
	int r;

	if (target < 0)
		return -1;
	r = view_take_after(mount, target, flags);
	if (r == 0)
		r = view_move_mount(mount, target);
	close(target);
	return r;
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
