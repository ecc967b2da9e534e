// SPDX-License-Identifier: MIT
#include "build.h"
#include "base/fd.h"
#include "initrd.h"
#include "mirrors.h"
#include "root.h"
#include "run.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

/* The root, the disk made of it, and what apt needs meanwhile. */
static const uint64_t space_needed = UINT64_C(1536) << 20;

enum { ARGUMENTS_MAX = 32 };

static const struct image_program mmdebstrap = {"/usr/bin/mmdebstrap", "mmdebstrap"};
static const struct image_program mke2fs = {"/sbin/mke2fs", "e2fsprogs"};

int image_build_check(struct carrel_error *err)
{
	static const struct image_program needed[] = {
		{"/usr/bin/mmdebstrap", "mmdebstrap"},
		{"/sbin/mke2fs", "e2fsprogs"},
		{"/usr/bin/apt-get", "apt"},
		{"/usr/share/keyrings/debian-archive-keyring.gpg", "debian-archive-keyring"},
		{"/proc/self/mountinfo", "nothing; mount -t proc proc /proc"},
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		int r = image_program_check(&needed[i], err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int check_space(const struct image_work *work, struct carrel_error *err)
{
	struct statvfs fs;
	uint64_t left;

	if (fstatvfs(work->dir_fd, &fs) < 0)
		return error_set(err, -errno, "%s", IMAGE_DIR);
	left = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (left >= space_needed)
		return 0;
	error_set(err, -ENOSPC, "%s", IMAGE_DIR);
	error_why(err, "a build needs %llu MiB, and %llu are left",
		(unsigned long long)(space_needed >> 20), (unsigned long long)(left >> 20));
	return -ENOSPC;
}

struct arguments {
	const char *word[ARGUMENTS_MAX + 1];
	size_t count;
	char *owned[ARGUMENTS_MAX]; /* those that are allocated */
	size_t n_owned;
	bool failed; /* out of memory, or too many */
};

static void arguments_free(struct arguments *arguments)
{
	for (size_t i = 0; i < arguments->n_owned; i++)
		free(arguments->owned[i]);
}

static void add(struct arguments *arguments, const char *prefix, const char *rest)
{
	char *word;

	if (arguments->count == ARGUMENTS_MAX || asprintf(&word, "%s%s", prefix, rest) < 0) {
		arguments->failed = true;
		return;
	}
	arguments->owned[arguments->n_owned++] = word;
	arguments->word[arguments->count++] = word;
}

static int install(
	struct image_work *work, const struct image_recipe *recipe, struct carrel_error *err)
{
	cleanup(arguments_free) struct arguments arguments = {.count = 0};
	char *mirrors[MIRRORS_MAX + 1];
	int n = image_mirrors(recipe->suite, mirrors);

	add(&arguments, "mmdebstrap", "");
	add(&arguments, "--mode=root", "");
	add(&arguments, "--variant=minbase", "");
	add(&arguments, "--aptopt=", "Acquire::Retries \"3\"");
	add(&arguments, "--dpkgopt=", "force-unsafe-io");
	add(&arguments, "--include=", recipe->packages);
	for (const char *const *pattern = recipe->excluded; *pattern; pattern++)
		add(&arguments, "--dpkgopt=path-exclude=", *pattern);
	add(&arguments, recipe->suite, "");
	add(&arguments, IMAGE_WORK, "/root");
	for (int i = 0; i < n; i++) {
		add(&arguments, mirrors[i], "");
		free(mirrors[i]);
	}
	if (n < 0 || arguments.failed)
		return error_set(err, -ENOMEM, "start mmdebstrap");
	return image_run(work, &mmdebstrap, (char *const *)arguments.word, err);
}

/* The only kernel in the new root's /boot. */
static int take_kernel(const struct image_work *work, int rootfd, struct carrel_error *err)
{
	cleanup_close int boot = fd_open_in_root(rootfd, "boot", O_RDONLY | O_DIRECTORY);
	cleanup_closedir DIR *dir = NULL;
	const struct dirent *entry;
	int r = boot < 0 ? boot : fd_open_dir(boot, &dir);

	while (r == 0 && (entry = readdir(dir)))
		if (strncmp(entry->d_name, "vmlinuz-", 8) == 0)
			return renameat(boot, entry->d_name, work->dir_fd, "vmlinuz") < 0
				       ? error_set(err, -errno, "take %s", entry->d_name)
				       : 0;
	if (r < 0)
		return error_set(err, r, "the new root's /boot");
	error_set(err, -ENOENT, "the new root's /boot");
	error_why(err, "has no kernel");
	return -ENOENT;
}

static int furnish(
	struct image_work *work, const struct image_recipe *recipe, struct carrel_error *err)
{
	cleanup_close int rootfd = fd_open_beneath(work->dir_fd, "root", O_RDONLY | O_DIRECTORY, 0);
	int r;

	if (rootfd < 0)
		return error_set(err, rootfd, "the new root");
	r = take_kernel(work, rootfd, err);
	if (r == 0)
		r = image_initrd_write(work->dir_fd, rootfd, err);
	return r < 0 ? r : image_root_apply(rootfd, recipe, err);
}

/* Not lazily: a guest would write the rest of its inode tables into its own disk. */
static int make_disk(
	struct image_work *work, const struct image_recipe *recipe, struct carrel_error *err)
{
	const char *argv[] = {"mke2fs", "-q", "-t", "ext4", "-L", "root", "-m", "1", "-E",
		"lazy_itable_init=0,lazy_journal_init=0", "-d", IMAGE_WORK "/root",
		IMAGE_WORK "/disk", recipe->size, NULL};
	int r = image_run(work, &mke2fs, (char *const *)argv, err);

	if (r < 0)
		return r;
	r = image_tree_remove(work->dir_fd, "root");
	return r < 0 ? error_set(err, r, "remove the new root") : 0;
}

int image_build(struct image_work *work, const struct image_recipe *recipe, char *ret_digest,
	struct carrel_error *err)
{
	const struct image_description description = {
		.format = "raw", .cmdline = recipe->cmdline, .virtual_size = recipe->bytes};
	int r = check_space(work, err);

	if (r < 0)
		return r;
	progress_step(&work->progress, "installing packages (mmdebstrap)");
	r = install(work, recipe, err);
	if (r < 0)
		return r;
	progress_step(&work->progress, "settings, kernel and initrd");
	r = furnish(work, recipe, err);
	if (r < 0)
		return r;
	progress_step(&work->progress, "file system (mke2fs)");
	r = make_disk(work, recipe, err);
	return r < 0 ? r : image_store_commit(work, &description, ret_digest, err);
}
