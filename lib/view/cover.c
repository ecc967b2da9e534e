// SPDX-License-Identifier: MIT
/*
 * cover.c - puts covers on the host's folders and files.
 */
#include "view/view.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
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
