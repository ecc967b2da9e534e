// SPDX-License-Identifier: MIT
/*
 * root.c - makes a root of the session's own from nothing: what is not put there is not there.
 */
#include "view/view.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int view_root_stage(int root, const char *path)
{
	int target = view_open_path(AT_FDCWD, path, O_PATH | O_DIRECTORY);
	int r;

	if (target < 0)
		return -1;
	r = view_move_mount(root, target);
	close(target);
	return r;
}

/* Plain openat(2) will do: the folder is the session's own, and read-only before anybody is in
 * it. */
int view_root_file(int root, const char *path, const char *text, unsigned mode)
{
	int fd = openat(root, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	size_t size = strlen(text);
	bool done;

	if (fd < 0)
		return -1;
	done = write(fd, text, size) == (ssize_t)size;
	close(fd);
	if (!done)
		errno = ENOSPC;
	return done ? 0 : -1;
}

/* Makes a mountpoint of the same kind, a folder or a file. One that is there already belongs to
 * another mount, and is an error. */
static int make_target(int root, const char *target, bool folder)
{
	int r = folder ? mkdirat(root, target, 0755) : mknodat(root, target, S_IFREG | 0444, 0);

	return r < 0 ? -1 : view_open_path(root, target, O_PATH);
}

static int attach_tree(int tree, int root, const char *target, bool folder, uint64_t attrs)
{
	struct mount_attr attr = {.attr_set = attrs};
	int place, r;

	if (view_mount_attr(tree, "", AT_EMPTY_PATH, &attr) < 0)
		return -1;
	place = make_target(root, target, folder);
	if (place < 0)
		return -1;
	r = view_move_mount(tree, place);
	close(place);
	return r;
}

int view_root_bind(int root, const char *source, const char *target, uint64_t attrs)
{
	int fd = view_open_path(AT_FDCWD, source, O_PATH);
	struct stat st;
	int tree, r;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0) {
		close(fd);
		return -1;
	}
	tree = (int)syscall(
		SYS_open_tree, fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	close(fd);
	if (tree < 0)
		return -1;
	r = attach_tree(tree, root, target, S_ISDIR(st.st_mode), attrs);
	close(tree);
	return r;
}

/* Does what pivot_root(2) describes for a root without a place for the old one: the old root is
 * stacked upon the new one, and taken away from there. */
int view_root_pivot(int root)
{
	if (fchdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
		return -1;
	if (umount2(".", MNT_DETACH) < 0)
		return -1;
	return chdir("/");
}

int view_detach(const char *path)
{
	while (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		;
	/* EINVAL means that nothing is mounted there, or that it is locked, since it came from a
	 * more privileged namespace (mount_namespaces(7)). */
	return errno == EINVAL ? 0 : -1;
}

int view_raise_loopback(void)
{
	struct ifreq request = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r;

	if (fd < 0)
		return -1;
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	r = ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
	return r;
}
