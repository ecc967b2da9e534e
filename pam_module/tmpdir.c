// SPDX-License-Identifier: MIT
#include "tmpdir.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "own_folder.h"
#include "user_rights.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* The rights that are taken, and those that the thread had before. */
struct owner {
	uid_t uid;
	gid_t gid;
	struct user_rights before;
};

/* Sets the mode of a folder that was just made. The caller's umask may have taken away more than is
 * meant, so that the owner could not even open it. The folder is changed by its descriptor, as the
 * name may lead elsewhere by now. */
static int give_mode(int folder, struct owner *owner)
{
	struct stat st;
	int r;

	if (fstat(folder, &st) < 0)
		return -errno;
	if (st.st_uid != owner->uid)
		return -EPERM;
	user_rights_give_back(&owner->before);
	r = fchmodat(folder, ".", 0700, 0) < 0 ? -errno : 0;
	owner->before = user_rights_take(owner->uid, owner->gid);
	return r;
}

/* Opens the folder @name of @parent, and makes it first where there is none. No other file system
 * is asked, as one of the user's own need not answer. Returns a descriptor or -errno. */
static int open_or_make(int parent, const char *name, struct owner *owner)
{
	cleanup_close int fd = fd_open_same_mount(parent, name, O_PATH | O_DIRECTORY, 0);
	bool made;
	int r;

	if (fd != -ENOENT)
		return fd_take(&fd);
	made = mkdirat(parent, name, 0700) == 0;
	if (!made && errno != EEXIST)
		return -errno;
	fd = fd_open_same_mount(parent, name, O_PATH | O_DIRECTORY, 0);
	r = fd < 0 || !made ? 0 : give_mode(fd, owner);
	return r < 0 ? r : fd_take(&fd);
}

/* Makes the folders of @path below @folder. @path is changed on the way. */
static int make_tmpdir_folders(int folder, char *path, struct owner *owner)
{
	cleanup_close int parent = fd_open_same_mount(folder, ".", O_PATH | O_DIRECTORY, 0);
	char *name;

	if (parent < 0)
		return parent;
	while ((name = strsep(&path, "/"))) {
		int fd;

		if (!*name)
			continue;
		if (strcmp(name, "..") == 0)
			return -EINVAL;
		fd = open_or_make(parent, name, owner);
		if (fd < 0)
			return fd;
		fd_closep(&parent);
		parent = fd;
	}
	return 0;
}

static int ensure_tmpdir(const char *path, uid_t uid, gid_t gid)
{
	char rest[PATH_MAX];
	const char *tail = NULL;
	cleanup_close int base = own_folder_open(path, uid, &tail);
	struct owner owner = {.uid = uid, .gid = gid};
	int r;

	if (base < 0)
		return base == -EXDEV ? 0 : base; /* elsewhere: not carrel's doing */
	if (snprintf(rest, sizeof(rest), "%s", tail) >= (int)sizeof(rest))
		return -ENAMETOOLONG;
	owner.before = user_rights_take(uid, gid);
	r = make_tmpdir_folders(base, rest, &owner);
	user_rights_give_back(&owner.before);
	return r == -EXDEV ? 0 : r; /* something is mounted there */
}

int tmpdir_ensure(pam_handle_t *pamh, uid_t uid, gid_t gid, struct carrel_error *err)
{
	static const char *const names[] = {"TMPDIR", "TMP", "TEMP", "TEMPDIR"};
	int first = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *path = pam_getenv(pamh, names[i]);
		int r = path ? ensure_tmpdir(path, uid, gid) : 0;

		if (r == 0)
			continue;
		if (first == 0)
			first = error_set(
				err, r, "%s, taken away from the session: %.200s", names[i], path);
		pam_putenv(pamh, names[i]);
	}
	return first;
}
