// SPDX-License-Identifier: MIT
/*
 * terminals.c - mounts the devpts of the session's user, which comes from the module or from
 * another session of theirs.
 */
#include "view/view.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

static int clone_mount(int dirfd, const char *path)
{
	int fd = view_open_path(dirfd, path, O_PATH);
	int tree;

	if (fd < 0)
		return -1;
	tree = (int)syscall(
		SYS_open_tree, fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	close(fd);
	return tree;
}

static bool mount_is_devpts(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == DEVPTS_SUPER_MAGIC;
}

/* Copies a mount of another namespace. A mount can be copied in its own namespace alone, and the
 * copy be taken anywhere. */
static int clone_of_namespace(int namespace, const char *path)
{
	int own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	int tree = -1, error;

	if (own < 0)
		return -1;
	if (setns(namespace, CLONE_NEWNS) == 0) {
		tree = clone_mount(AT_FDCWD, path);
		error = errno;
		/* A process that cannot come back must not go on there. */
		if (setns(own, CLONE_NEWNS) < 0)
			_exit(1);
		errno = error;
	}
	close(own);
	return tree;
}

int view_take_terminals(int terminals, const char *path)
{
	int tree;

	if (mount_is_devpts(terminals))
		return fcntl(terminals, F_DUPFD_CLOEXEC, 0);
	tree = clone_of_namespace(terminals, path);
	if (tree < 0 || mount_is_devpts(tree))
		return tree;
	close(tree);
	errno = ENXIO;
	return -1;
}

int view_cover_file(const char *source, const char *target)
{
	int tree = clone_mount(AT_FDCWD, source);
	int place = tree < 0 ? -1 : view_open_path(AT_FDCWD, target, O_PATH);
	int r = place < 0 ? -1 : view_move_mount(tree, place);

	if (tree >= 0)
		close(tree);
	if (place >= 0)
		close(place);
	return r;
}
