// SPDX-License-Identifier: MIT
/*
 * cover.c - puts covers on the host's folders and files.
 */
#include "view/view.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

static int take_mode(int mount, int below)
{
	struct stat st;

	if (fstat(below, &st) < 0 || fchownat(mount, "", st.st_uid, st.st_gid, AT_EMPTY_PATH) < 0)
		return -1;
	return fchmodat(mount, ".", st.st_mode & 07777, 0);
}

/* Makes the cover noexec where the host's folder is, since it must not allow what the admin forbids
 * there. */
static int take_noexec(int mount, int below)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_NOEXEC};
	struct statvfs host;

	if (fstatvfs(below, &host) < 0)
		return -1;
	return host.f_flag & ST_NOEXEC ? view_mount_attr(mount, "", AT_EMPTY_PATH, &attr) : 0;
}

int view_take_after(int mount, int below, unsigned flags)
{
	if ((flags & PLAN_OP_MODE_AS_BELOW) && take_mode(mount, below) < 0)
		return -1;
	return flags & PLAN_OP_NOEXEC_AS_BELOW ? take_noexec(mount, below) : 0;
}

/* Makes a mount of the folder @root itself; of a socket in it, where connecting is refused as where
 * a service does not run; or of a file in it that is empty and nobody's to open. */
static int mask_for(int root, mode_t kind)
{
	const char *name = kind == S_IFDIR ? "" : kind == S_IFSOCK ? "nobody" : "nothing";
	mode_t mode = kind == S_IFSOCK ? S_IFSOCK | 0666 : S_IFREG;

	if (*name && mknodat(root, name, mode, 0) < 0 && errno != EEXIST)
		return -1;
	return (int)syscall(SYS_open_tree, root, name,
		OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
}

/* Copies the file @name of @mount, as a mount that is nowhere yet. Before Linux 6.15 that works
 * only while @mount itself is somewhere, so it is for a moment on /etc, where nobody else looks
 * yet. */
static int copy_staged(int mount, const char *name)
{
	static const char stage[] = "/etc";
	int below = view_open_path(AT_FDCWD, stage, O_PATH | O_DIRECTORY);
	int tree = -1, error;

	if (below < 0)
		return -1;
	if (view_move_mount(mount, below) == 0) {
		tree = (int)syscall(SYS_open_tree, mount, name,
			OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
		error = errno;
		if (umount2(stage, MNT_DETACH | UMOUNT_NOFOLLOW) < 0) {
			error = errno;
			if (tree >= 0)
				close(tree);
			tree = -1;
		}
		errno = error;
	}
	close(below);
	return tree;
}

int view_cover_with(int mount, const char *name, const char *target)
{
	int place = view_open_path(AT_FDCWD, target, O_PATH);
	int tree = place < 0 ? -1 : copy_staged(mount, name);
	int r = tree < 0 ? -1 : view_move_mount(tree, place);

	if (tree >= 0)
		close(tree);
	if (place >= 0)
		close(place);
	return r;
}

int view_mask(int root, int target)
{
	struct stat st;
	int mask = -1, r = -1;

	if (fstat(target, &st) == 0)
		mask = mask_for(root, st.st_mode & S_IFMT);
	if (mask >= 0)
		r = view_move_mount(mask, target);
	if (mask >= 0)
		close(mask);
	return r;
}
