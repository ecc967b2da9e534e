// SPDX-License-Identifier: MIT
#include "saved.h"
#include "base/cleanup.h"
#include "base/fd.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>

#define SAVED_DIR "var/lib/carrel/pam.d"

enum saved_kind { ORIGINAL, WIRED, COPY };

/* Returns "NAME.original" and so on. pam_service_name_ok() bounds the name. */
static const char *saved_name(const char *name, enum saved_kind kind, char *buf, size_t size)
{
	static const char *const suffix[] = {
		[ORIGINAL] = "original", [WIRED] = "wired", [COPY] = "copy"};

	snprintf(buf, size, "%.200s.%s", name, suffix[kind]);
	return buf;
}

static int make_folders(int rootfd)
{
	static const struct {
		const char *parent, *name;
		mode_t mode;
	} folder[] = {
		{".", "var", 0755},
		{"var", "lib", 0755},
		{"var/lib", "carrel", 0755},
		/* A user who could open it could lock it, and keep root from setup --undo. */
		{"var/lib/carrel", "pam.d", 0700},
	};

	for (size_t i = 0; i < sizeof(folder) / sizeof(folder[0]); i++) {
		cleanup_close int parent =
			fd_open_in_root(rootfd, folder[i].parent, O_PATH | O_DIRECTORY);

		if (parent < 0)
			return parent;
		if (mkdirat(parent, folder[i].name, folder[i].mode) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

int saved_open(int rootfd, bool make, int *ret_fd, struct carrel_error *err)
{
	cleanup_close int fd = -EBADF;
	struct stat st;
	int r = make ? make_folders(rootfd) : 0;

	if (r < 0)
		return error_set(err, r, "make %s", SAVED_DIR);
	r = fd = fd_open_in_root(rootfd, SAVED_DIR, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return error_set(err, r, "open %s", SAVED_DIR);
	if (fstat(fd, &st) < 0)
		return error_set(err, -errno, "%s", SAVED_DIR);
	if ((st.st_uid != 0 && st.st_uid != geteuid()) || (st.st_mode & (S_IWGRP | S_IWOTH))) {
		error_set(err, -EPERM, "%s", SAVED_DIR);
		return error_why(err, "others than root can change it");
	}
	if (fchmod(fd, 0700) < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0) {
		error_set(err, -errno, "lock %s", SAVED_DIR);
		return error_why(err, "another carrel setup is running");
	}
	*ret_fd = fd_take(&fd);
	return 0;
}

int saved_store(int savedfd, const char *name, const struct pam_file *original, const char *wired,
	struct carrel_error *err)
{
	char path[NAME_MAX];
	int r = pam_file_replace(savedfd, saved_name(name, ORIGINAL, path, sizeof(path)),
		original->text, original, &original->st.st_mtim, err);

	if (r < 0)
		return r;
	return pam_file_replace(
		savedfd, saved_name(name, WIRED, path, sizeof(path)), wired, original, NULL, err);
}

int saved_original(int savedfd, const char *name, const char *current, struct pam_file *ret_file,
	struct carrel_error *err)
{
	struct pam_file wired = {.fd = -EBADF};
	char path[NAME_MAX];
	bool same;
	int r;

	r = pam_file_read(savedfd, saved_name(name, WIRED, path, sizeof(path)), &wired, err);
	if (r < 0)
		return r;
	same = strcmp(wired.text, current) == 0;
	pam_file_free(&wired);
	if (!same)
		return error_set(err, -ENOENT, "the original of %s", name);
	return pam_file_read(
		savedfd, saved_name(name, ORIGINAL, path, sizeof(path)), ret_file, err);
}

int saved_mark_copy(int savedfd, const char *name, struct carrel_error *err)
{
	char path[NAME_MAX];
	cleanup_close int fd = fd_open_beneath(
		savedfd, saved_name(name, COPY, path, sizeof(path)), O_WRONLY | O_CREAT, 0600);

	return fd < 0 ? error_set(err, fd, "%s", path) : 0;
}

bool saved_is_copy(int savedfd, const char *name)
{
	char path[NAME_MAX];

	return faccessat(savedfd, saved_name(name, COPY, path, sizeof(path)), F_OK, 0) == 0;
}

/* Returns whether @name in @dirfd has another text than @text, or false where it cannot be read. */
static bool has_other_text(int dirfd, const char *name, const char *text)
{
	struct pam_file file = {.fd = -EBADF};
	bool other;

	if (pam_file_read(dirfd, name, &file, NULL) < 0)
		return false;
	other = strcmp(file.text, text) != 0;
	pam_file_free(&file);
	return other;
}

bool saved_copy_is_stale(int rootfd, const struct pam_dirs *dirs, const char *name)
{
	cleanup_close int saved = fd_open_in_root(rootfd, SAVED_DIR, O_RDONLY | O_DIRECTORY);
	struct pam_file own = {.fd = -EBADF}, original = {.fd = -EBADF};
	bool stale = false;

	if (saved < 0 || !saved_is_copy(saved, name) ||
		pam_file_read(dirs->fd[PAM_DIR_ETC], name, &own, NULL) < 0)
		return false;
	if (saved_original(saved, name, own.text, &original, NULL) == 0)
		for (int i = PAM_DIR_ETC + 1; i < PAM_DIR_COUNT && !stale; i++)
			stale = dirs->fd[i] >= 0 &&
				has_other_text(dirs->fd[i], name, original.text);
	pam_file_free(&original);
	pam_file_free(&own);
	return stale;
}

void saved_forget(int savedfd, const char *name)
{
	char path[NAME_MAX];

	unlinkat(savedfd, saved_name(name, COPY, path, sizeof(path)), 0);
	unlinkat(savedfd, saved_name(name, WIRED, path, sizeof(path)), 0);
	unlinkat(savedfd, saved_name(name, ORIGINAL, path, sizeof(path)), 0);
}
