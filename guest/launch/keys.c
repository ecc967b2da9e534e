// SPDX-License-Identifier: MIT
#include "keys.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/program.h"
#include "guest/folder.h"
#include "guest/programs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_MAX = 16384, KEYGEN_USEC = 60 * 1000 * 1000, KEY_MODE = 0600, HOSTS_MODE = 0644 };

static int run_keygen(const char *folder, uid_t uid, const char *name, struct carrel_error *err)
{
	char path[128];
	const struct program keygen = {.path = SSH_KEYGEN,
		.argv = (const char *const[]){"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C",
			"carrel", "-f", path, NULL}};
	cleanup_free char *text = NULL;
	int status = 0, r;

	snprintf(path, sizeof(path), "%s/%u/%s", folder, (unsigned)uid, name);
	r = program_capture(&keygen, deadline_in(KEYGEN_USEC), &text, &status);
	if (r == 0 && status == 0)
		return 0;
	error_set(err, r < 0 ? r : -EIO, "%s %s", SSH_KEYGEN, path);
	if (r == -ENOENT)
		return error_why(err, "it is not there; install openssh-client");
	if (r == 0 && text && text[0])
		return error_why(err, "%.*s", (int)strcspn(text, "\n"), text);
	return err ? err->code : -EIO;
}

static bool has_key_file(int dirfd, const char *name)
{
	struct stat st;

	/* A file is empty where the power failed, and would stay so. */
	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size > 0;
}

static int sync_file(int dirfd, const char *name)
{
	cleanup_close int fd = fd_open_beneath(dirfd, name, O_RDONLY, 0);

	if (fd < 0)
		return fd;
	return fsync(fd) < 0 ? -errno : 0;
}

/* Reads the pair @name of @folder, which is open as @dirfd, and makes it anew unless both halves
 * are there. */
static int ensure_key_pair(const char *folder, int dirfd, uid_t uid, const char *name,
	char **ret_private, char **ret_public, struct carrel_error *err)
{
	char public[64];
	int r = 0;

	snprintf(public, sizeof(public), "%s.pub", name);
	if (!has_key_file(dirfd, name) || !has_key_file(dirfd, public)) {
		/* ssh-keygen would ask before it overwrites a key. */
		(void)unlinkat(dirfd, name, 0);
		(void)unlinkat(dirfd, public, 0);
		r = run_keygen(folder, uid, name, err);
		if (r < 0)
			return r;
		r = sync_file(dirfd, name);
		if (r == 0)
			r = sync_file(dirfd, public);
		if (r == 0 && fsync(dirfd) < 0)
			r = -errno;
	}
	if (r == 0)
		r = fd_read_file(dirfd, name, KEY_MAX, ret_private);
	if (r >= 0)
		r = fd_read_file(dirfd, public, KEY_MAX, ret_public);
	return r < 0 ? error_set(err, r, "%s/%u/%s", folder, (unsigned)uid, name) : 0;
}

static int hand_over(int run_fd, uid_t uid, gid_t gid)
{
	cleanup_close int fd = fd_open_beneath(run_fd, GUEST_KEY, O_RDONLY, 0);

	if (fd < 0)
		return fd;
	if (fchmod(fd, KEY_MODE) < 0 || fchown(fd, uid, gid) < 0)
		return -errno;
	return unlinkat(run_fd, GUEST_KEY ".pub", 0) < 0 ? -errno : 0;
}

int guest_keys_make(uid_t uid, gid_t gid, int run_fd, int state_fd, struct guest_keys *ret_keys,
	struct carrel_error *err)
{
	cleanup_free char *host_public = NULL;
	cleanup_free char *user_private = NULL;
	cleanup_free char *hosts = NULL;
	int r = ensure_key_pair(GUEST_STATE_DIR, state_fd, uid, GUEST_HOST_KEY,
		&ret_keys->host_private, &host_public, err);

	if (r == 0)
		r = ensure_key_pair(GUEST_RUN_DIR, run_fd, uid, GUEST_KEY, &user_private,
			&ret_keys->user_public, err);
	if (r < 0)
		return r;
	r = hand_over(run_fd, uid, gid);
	if (r == 0 && asprintf(&hosts, "%s %s", GUEST_HOST_NAME, host_public) < 0) {
		hosts = NULL;
		r = -ENOMEM;
	}
	if (r == 0)
		r = fd_replace_file(run_fd, GUEST_KNOWN_HOSTS, hosts, HOSTS_MODE);
	return r < 0 ? error_set(err, r, "keys of user %u's guest", (unsigned)uid) : 0;
}

void guest_keys_free(struct guest_keys *keys)
{
	free(keys->host_private);
	free(keys->user_public);
	*keys = (struct guest_keys){0};
}
