// SPDX-License-Identifier: MIT
#include "ccache.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "own_folder.h"
#include "user_rights.h"

#include <fcntl.h>
#include <security/pam_modutil.h>
#include <stdio.h>
#include <string.h>

/* A ticket with a large PAC has some 64 KB, and a cache holds a few. */
enum { CACHE_BYTES_MAX = 1 << 20 };

/* Returns the absolute path in the name of a cache, or NULL for a keyring, KCM or memory. */
static const char *cache_path_of(const char *name)
{
	if (strncmp(name, "FILE:", strlen("FILE:")) == 0)
		name += strlen("FILE:");
	else if (strncmp(name, "DIR::", strlen("DIR::")) == 0)
		name += strlen("DIR::");
	else if (strncmp(name, "DIR:", strlen("DIR:")) == 0)
		name += strlen("DIR:");
	return name[0] == '/' ? name : NULL;
}

/* Returns true where a session may have something else at @path. */
static bool may_be_covered(const char *path)
{
	static const char *const folders[] = {"/tmp/", "/var/tmp/", "/run/user/"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (strncmp(path, folders[i], strlen(folders[i])) == 0)
			return true;
	return false;
}

/* Returns the file's name, and in *ret_folder the folder that it lies right in; NULL where it lies
 * somewhere else. */
static const char *split_cache_name(const char *path, const char **ret_folder)
{
	static const char *const folders[] = {"/tmp", "/var/tmp"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		size_t length = strlen(folders[i]);

		if (strncmp(path, folders[i], length) != 0 || path[length] != '/' ||
			strchr(path + length + 1, '/'))
			continue;
		*ret_folder = folders[i];
		return path + length + 1;
	}
	return NULL;
}

static int open_file(const struct ccache *cache, int flags)
{
	const char *folder = NULL;
	const char *name = split_cache_name(cache->path, &folder);
	cleanup_close int dir = -EBADF;
	struct user_rights before;
	int fd;

	if (!name)
		return -EXDEV;
	dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	before = user_rights_take(cache->uid, cache->gid);
	/* A mount of the user's is not entered: it may never answer. */
	fd = fd_open_same_mount(dir, name, flags, flags & O_CREAT ? 0600 : 0);
	user_rights_give_back(&before);
	return fd;
}

/* Reads the cache. Returns -ENOENT where there is none (yet). */
static int read_cache_file(struct ccache *cache, struct carrel_error *err)
{
	/* With O_NONBLOCK a FIFO does not hold the login up. */
	cleanup_close int fd = open_file(cache, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int r = fd < 0 ? fd : fstat(fd, &st) < 0 ? -errno : 0;

	if (r < 0)
		return error_set(err, r, "credential cache %s", cache->path);
	if (!S_ISREG(st.st_mode) || st.st_uid != cache->uid) {
		error_set(err, -EPERM, "credential cache %s", cache->path);
		return error_why(err, "it is not a regular file of the user's own");
	}
	r = fd_read_all(fd, CACHE_BYTES_MAX, &cache->bytes, &cache->size);
	return r < 0 ? error_set(err, r, "credential cache %s", cache->path) : 0;
}

int ccache_read(pam_handle_t *pamh, uid_t uid, gid_t gid, struct ccache *ret_cache,
	struct carrel_error *err)
{
	const char *name = pam_getenv(pamh, "KRB5CCNAME");
	const char *path = name ? cache_path_of(name) : NULL;
	int r;

	*ret_cache = (struct ccache){.uid = uid, .gid = gid};
	if (!path || !may_be_covered(path) || strlen(path) >= sizeof(ret_cache->path))
		return 0;
	snprintf(ret_cache->path, sizeof(ret_cache->path), "%s", path);
	if (strncmp(name, "DIR:", strlen("DIR:")) == 0)
		return 0;
	r = read_cache_file(ret_cache, err);
	if (r == -EXDEV)
		return 0;
	if (r < 0)
		ret_cache->path[0] = '\0'; /* told already, or not there */
	return r == -ENOENT ? 0 : r;
}

static bool cache_is_there(const struct ccache *cache)
{
	const char *rest = NULL;
	cleanup_close int base = own_folder_open(cache->path, cache->uid, &rest);
	cleanup_close int fd = -EBADF;
	struct user_rights before;

	if (base < 0)
		return false;
	before = user_rights_take(cache->uid, cache->gid);
	fd = fd_open_same_mount(base, rest, O_PATH | O_NOFOLLOW, 0);
	user_rights_give_back(&before);
	return fd >= 0 || fd == -EXDEV;
}

int ccache_write(const struct ccache *cache, struct carrel_error *err)
{
	cleanup_close int fd = -EBADF;
	int r;

	if (!cache->path[0] || cache_is_there(cache))
		return 0;
	if (!cache->bytes) {
		error_set(err, -EXDEV, "credential cache %s", cache->path);
		return error_why(err, "the session hides it, and only a file right in /tmp is "
				      "carried in; let krb5.conf say KEYRING: or KCM:");
	}
	fd = open_file(cache, O_WRONLY | O_CREAT | O_EXCL | O_NOCTTY);
	r = fd < 0 ? fd : fd_write_all(fd, cache->bytes, cache->size);
	/* The caller's umask may have taken more away than is meant. */
	if (r == 0 && fchmod(fd, 0600) < 0)
		r = -errno;
	return r < 0 ? error_set(err, r, "credential cache %s of the session", cache->path) : 0;
}

void ccache_free(struct ccache *cache)
{
	if (cache->bytes)
		explicit_bzero(cache->bytes, cache->size);
	free(cache->bytes);
	*cache = (struct ccache){0};
}
