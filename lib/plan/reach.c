// SPDX-License-Identifier: MIT
/*
 * reach.c - finds where a path of a user's leads, without asking a file system that may never
 * answer: one that a user has mounted (FUSE), or one of a server.
 *
 * The walk stays on file systems that it has seen to be the host's own. What is mounted at the end
 * of the way is named, and not looked at.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/tree/mountinfo.h"
#include "plan/builders.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum mount_kind {
	MOUNT_LOCAL,
	MOUNT_REMOTE, /* root has mounted it; it may not answer for a while */
	MOUNT_USERS,  /* a user's program answers or does not, and says whatever it likes */
};

struct walk {
	const char *root;    /* a folder that is walked into, whatever is mounted there */
	char done[PATH_MAX]; /* canonical; "" for the root */
	char rest[PATH_MAX];
	int fd;   /* of @done */
	bool any; /* whether the way may end at something that is no folder */
};

static void walk_end(struct walk *walk)
{
	fd_closep(&walk->fd);
}

bool plan_path_within(const char *path, const char *base)
{
	size_t length = strlen(base);

	if (strcmp(base, "/") == 0)
		return true;
	return strncmp(path, base, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

/* ---- what is mounted at a path ---- */

struct mount_at {
	const char *point;
	enum mount_kind kind; /* of the last mount there, which covers the others */
};

/* Tells whether root has mounted a FUSE file system: fuse(4) has the option user_id of the user who
 * did in each line. */
static enum mount_kind kind_of_fuse(const char *options)
{
	static const char key[] = "user_id=0";
	const char *found = strstr(options, key);

	return found && (found[strlen(key)] == ',' || found[strlen(key)] == '\0') ? MOUNT_REMOTE
										  : MOUNT_USERS;
}

static bool note_kind(const struct mountinfo *mount, void *data)
{
	static const char *const remote[] = {"nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "afs",
		"lustre", "beegfs", "gpfs", "orangefs", "autofs"};
	struct mount_at *at = data;

	if (strcmp(mount->point, at->point) != 0)
		return false;
	at->kind = MOUNT_LOCAL;
	if (strncmp(mount->type, "fuse", strlen("fuse")) == 0)
		at->kind = kind_of_fuse(mount->options);
	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if (strcmp(mount->type, remote[i]) == 0)
			at->kind = MOUNT_REMOTE;
	return false;
}

/* ---- the walk ---- */

static int append_name(char *done, const char *name)
{
	size_t used = strlen(done);

	if (used + 1 + strlen(name) >= PATH_MAX)
		return -ENAMETOOLONG;
	sprintf(done + used, "/%s", name);
	return 0;
}

/* Moves the first name of @rest to @name, which is "" at the end. */
static int next_name(char *rest, char name[NAME_MAX + 1])
{
	char *start = rest + strspn(rest, "/");
	size_t length = strcspn(start, "/");

	if (length > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, start, length);
	name[length] = '\0';
	start += length;
	start += strspn(start, "/");
	memmove(rest, start, strlen(start) + 1);
	return 0;
}

static int restart_at(struct walk *walk)
{
	fd_closep(&walk->fd);
	walk->fd = fd_open_nolinks(walk->done[0] ? walk->done : "/", O_PATH | O_DIRECTORY);
	return walk->fd < 0 ? walk->fd : 0;
}

/* Follows the link at @fd, unless others than root can have made it. */
static int follow_link(struct walk *walk, int fd)
{
	char target[PATH_MAX], joined[PATH_MAX];
	struct stat dir;
	ssize_t n;

	if (fstat(walk->fd, &dir) < 0)
		return -errno;
	if (!fd_stat_trusted(&dir))
		return -EPERM;
	n = readlinkat(fd, "", target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	if (snprintf(joined, sizeof(joined), "%s/%s", target, walk->rest) >= (int)sizeof(joined))
		return -ENAMETOOLONG;
	strcpy(walk->rest, joined);
	if (target[0] != '/')
		return 0;
	walk->done[0] = '\0';
	return restart_at(walk);
}

/* Takes the rest of the way as it is written. session-init, which has a deadline, follows no link
 * there. */
static int take_literally(struct walk *walk)
{
	char name[NAME_MAX + 1];
	int r = next_name(walk->rest, name);

	for (; r == 0 && name[0]; r = r < 0 ? r : next_name(walk->rest, name)) {
		if (strcmp(name, "..") == 0)
			return -EINVAL;
		if (strcmp(name, ".") != 0)
			r = append_name(walk->done, name);
	}
	return r;
}

/* Passes the mountpoint @name, which is at the end of walk->done already. */
static int cross_mount(struct walk *walk, const char *name)
{
	/* A mount that is gone again counts as a user's: it may be back before anything is
	 * opened. */
	struct mount_at at = {.point = walk->done, .kind = MOUNT_USERS};
	int fd, r;

	if (walk->rest[0] == '\0')
		return 0;
	if (strcmp(walk->done, walk->root) != 0) {
		r = mountinfo_find(note_kind, &at);
		if (r < 0 && r != -ENOENT)
			return r;
		if (at.kind == MOUNT_USERS && plan_path_within(walk->done, walk->root))
			return -EXDEV;
		if (at.kind != MOUNT_LOCAL)
			return take_literally(walk);
	}
	fd = fd_open_beneath(walk->fd, name, O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return fd;
	fd_closep(&walk->fd);
	walk->fd = fd;
	return 0;
}

static int walk_name(struct walk *walk, const char *name)
{
	cleanup_close int fd = -EBADF;
	struct stat st;
	int r;

	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0) {
		char *slash = strrchr(walk->done, '/');

		if (slash)
			*slash = '\0';
		return restart_at(walk);
	}
	/* Asking for a folder makes an automounter mount it. */
	fd = fd_open_same_mount(walk->fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd == -ENOTDIR || fd == -ELOOP)
		fd = fd_open_same_mount(walk->fd, name, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0 && fd != -EXDEV)
		return fd;
	if (fd >= 0 && fstat(fd, &st) < 0)
		return -errno;
	if (fd >= 0 && S_ISLNK(st.st_mode))
		return follow_link(walk, fd);
	r = append_name(walk->done, name);
	if (r < 0 || fd == -EXDEV)
		return r < 0 ? r : cross_mount(walk, name);
	if (!S_ISDIR(st.st_mode))
		return walk->any && walk->rest[0] == '\0' ? 0 : -ENOTDIR;
	fd_closep(&walk->fd);
	walk->fd = fd_take(&fd);
	return 0;
}

static int walk_path(const char *path, const char *root, bool any, char **ret_path)
{
	enum { STEPS_MAX = 256 };
	cleanup(walk_end) struct walk walk = {.root = root, .fd = -EBADF, .any = any};
	char name[NAME_MAX + 1];
	int r;

	if (path[0] != '/')
		return -EINVAL;
	if (snprintf(walk.rest, sizeof(walk.rest), "%s", path) >= (int)sizeof(walk.rest))
		return -ENAMETOOLONG;
	r = restart_at(&walk);
	for (int step = 0; r == 0 && walk.rest[strspn(walk.rest, "/")] != '\0'; step++) {
		r = step < STEPS_MAX ? next_name(walk.rest, name) : -ELOOP;
		if (r == 0)
			r = walk_name(&walk, name);
	}
	if (r < 0)
		return r;
	*ret_path = strdup(walk.done[0] ? walk.done : "/");
	return *ret_path ? 0 : -ENOMEM;
}

int plan_reach(const char *path, const char *root, char **ret_path)
{
	return walk_path(path, root, false, ret_path);
}

int plan_reach_any(const char *path, char **ret_path)
{
	return walk_path(path, "/", true, ret_path);
}
