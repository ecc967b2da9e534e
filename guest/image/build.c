// SPDX-License-Identifier: MIT
#include "build.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/words.h"
#include "import.h"
#include "mirrors.h"
#include "run.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

/* A build works in this folder. What is left of it in the end lies beside it. */
#define BUILD_NAME   "build"
#define BUILD_FOLDER IMAGE_WORK "/" BUILD_NAME
#define BUILD_ROOT   BUILD_FOLDER "/root"
#define BUILD_SCRIPT BUILD_FOLDER "/debian"

/* The packages are those that ssh, scp, sftp, rsync and git on the other side need, and that a user
 * expects to find. */
#define PACKAGES                                                                                   \
	"systemd,systemd-sysv,dbus,libpam-systemd,libnss-myhostname,udev,kmod,"                    \
	"linux-image-cloud-amd64,openssh-server,openssh-client,openssh-sftp-server,"               \
	"ca-certificates,e2fsprogs,iproute2,procps,sudo,rsync,git,less,vim-tiny"

/* TERM=dumb keeps systemd from asking the terminal for its size, and waiting for an answer that
 * does not come. */
#define BUILD_CMDLINE "console=hvc0 root=/dev/vda rw quiet panic=-1 net.ifnames=0 TERM=dumb"

/* A build needs room for the root, the disk made of it, and what apt takes meanwhile. */
static const uint64_t space_needed = UINT64_C(1536) << 20;

enum { FILE_MAX = 64 << 20 };

/* The linker makes these out of build/guest-init and debian.sh. */
extern const char _binary_guest_init_start[], _binary_guest_init_end[];
extern const char _binary_debian_start[], _binary_debian_end[];

static const struct image_program mmdebstrap = {"/usr/bin/mmdebstrap", "mmdebstrap"};
static const struct image_program mke2fs = {"/sbin/mke2fs", "e2fsprogs"};
static const struct image_program shell = {"/bin/sh", "dash"};

int image_build_check(struct carrel_error *err)
{
	static const struct image_program needed[] = {
		{"/usr/bin/mmdebstrap", "mmdebstrap"},
		{"/sbin/mke2fs", "e2fsprogs"},
		{"/usr/bin/cpio", "cpio"},
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

/* ---- the folder that a build works in ---- */

static int put_file(int folder, const char *name, const void *bytes, size_t size)
{
	cleanup_close int fd = fd_open_beneath(folder, name, O_WRONLY | O_CREAT | O_EXCL, 0644);

	return fd < 0 ? fd : fd_write_all(fd, bytes, size);
}

static int make_folder(const struct image_work *work)
{
	cleanup_close int folder = -EBADF;
	int r;

	if (mkdirat(work->dir_fd, BUILD_NAME, 0755) < 0)
		return -errno;
	folder = fd_open_beneath(work->dir_fd, BUILD_NAME, O_RDONLY | O_DIRECTORY, 0);
	if (folder < 0 || fchmod(folder, 0755) < 0)
		return folder < 0 ? folder : -errno;
	r = put_file(folder, "init", _binary_guest_init_start,
		(uintptr_t)_binary_guest_init_end - (uintptr_t)_binary_guest_init_start);
	return r < 0 ? r
		     : put_file(folder, "debian", _binary_debian_start,
			       (uintptr_t)_binary_debian_end - (uintptr_t)_binary_debian_start);
}

/* Copies the files that go into the image by the recipe, as "0", "1", … in the folder, and adds the
 * hooks that put them in place. */
static int take_files(const struct image_work *work, const struct image_recipe *recipe,
	struct words *arguments, struct carrel_error *err)
{
	cleanup_close int folder =
		fd_open_beneath(work->dir_fd, BUILD_NAME, O_RDONLY | O_DIRECTORY, 0);
	unsigned number = 0;

	if (folder < 0)
		return error_set(err, folder, "open %s", BUILD_FOLDER);
	for (char **file = recipe->files; file && *file; file++, number++) {
		cleanup_free char *path = strdup(*file);
		cleanup_free char *bytes = NULL;
		cleanup_close int fd = -EBADF;
		const char *place = path ? image_recipe_split(path) : NULL;
		char name[16];
		struct stat st;
		size_t size;
		int r;

		if (!place)
			return error_set(err, -ENOMEM, "copy %s", *file);
		fd = image_open_source(path, &st, err);
		if (fd < 0)
			return fd;
		r = st.st_mode & S_IROTH ? fd_read_all(fd, FILE_MAX, &bytes, &size) : -EACCES;
		snprintf(name, sizeof(name), "%u", number);
		if (r == 0)
			r = put_file(folder, name, bytes, size);
		if (r < 0)
			return error_set(err, r, "copy %s", path);
		/* The hook writes within the new root, where a link leads nowhere else. */
		words_add(arguments,
			"--customize-hook=chroot \"$1\" /bin/sh -c 'mkdir -p \"${1%%/*}\" && "
			"rm -f \"$1\" && cat > \"$1\" && chmod %o \"$1\"' put %s < " BUILD_FOLDER
			"/%s",
			st.st_mode & 0111 ? 0755u : 0644u, place, name);
	}
	return 0;
}

/* ---- the steps ---- */

/* Adds the mirrors of this machine, or the recipe's own with the updates beside it. */
static int add_mirrors(struct words *arguments, const struct image_recipe *recipe)
{
	char *mirrors[MIRRORS_MAX + 1];
	int n = recipe->mirror ? 0 : image_mirrors(recipe->suite, mirrors);

	if (recipe->mirror) {
		words_add(arguments, "deb %s %s main", recipe->mirror, recipe->suite);
		words_add(arguments, "deb %s %s-updates main", recipe->mirror, recipe->suite);
		words_add(arguments, "deb " MIRROR_SECURITY " %s-security main", recipe->suite);
	}

	for (int i = 0; i < n; i++) {
		words_add(arguments, "%s", mirrors[i]);
		free(mirrors[i]);
	}
	return n;
}

static int install_packages(
	struct image_work *work, const struct image_recipe *recipe, struct carrel_error *err)
{
	static const char *const first[] = {"mmdebstrap", "--mode=root", "--variant=minbase",
		"--aptopt=Acquire::Retries \"3\"", "--dpkgopt=force-unsafe-io",
		"--include=" PACKAGES, "--dpkgopt=path-exclude=/usr/share/doc/*",
		"--dpkgopt=path-exclude=/usr/share/info/*",
		"--dpkgopt=path-exclude=/usr/share/locale/*",
		"--dpkgopt=path-exclude=/usr/share/man/*", NULL};
	cleanup(words_free) struct words arguments = {0};
	int r;

	words_add_all(&arguments, first);
	words_add(&arguments, "--customize-hook=: > \"$1/.unfinished\"; chroot \"$1\" /bin/sh -s "
			      "settings < " BUILD_SCRIPT);
	if (recipe->packages) {
		cleanup_free char *packages = list_format(recipe->packages);

		words_add(&arguments, "--include=%s", packages ? packages : "");
		arguments.failed = arguments.failed || !packages;
	}
	r = take_files(work, recipe, &arguments, err);
	if (r < 0)
		return r;
	if (recipe->hook)
		words_add(&arguments, "--customize-hook=%s", recipe->hook);
	words_add(&arguments, "%s", recipe->suite);
	words_add(&arguments, BUILD_ROOT);
	if (add_mirrors(&arguments, recipe) < 0 || arguments.failed)
		return error_set(err, -ENOMEM, "start mmdebstrap");
	return image_run(work, &mmdebstrap, (const char *const *)arguments.word, err);
}

static int finish_root(
	struct image_work *work, const struct image_recipe *recipe, struct carrel_error *err)
{
	const char *const argv[] = {"sh", BUILD_SCRIPT, "finish", BUILD_ROOT, recipe->suite, NULL};

	return image_run(work, &shell, argv, err);
}

/* Makes the disk. It is not made lazily, as a guest would then write the rest of its inode tables
 * into its own disk. */
static int make_image_disk(
	struct image_work *work, const struct image_recipe *recipe, struct carrel_error *err)
{
	char size[32];
	const char *const argv[] = {"mke2fs", "-q", "-t", "ext4", "-L", "root", "-m", "1", "-E",
		"lazy_itable_init=0,lazy_journal_init=0", "-d", BUILD_ROOT, IMAGE_WORK "/disk",
		size, NULL};
	int r;

	snprintf(size, sizeof(size), "%lluK", (unsigned long long)(recipe->size >> 10));
	r = image_run(work, &mke2fs, argv, err);
	if (r < 0)
		return r;
	r = image_store_remove(IMAGE_WORK_NAME "/" BUILD_NAME);
	return r < 0 ? error_set(err, r, "remove the new root") : 0;
}

int image_build(struct image_work *work, const struct image_recipe *recipe, char *ret_digest,
	struct carrel_error *err)
{
	static const struct {
		const char *text;
		int (*run)(struct image_work *work, const struct image_recipe *recipe,
			struct carrel_error *err);
	} steps[] = {
		{"installing packages (mmdebstrap)", install_packages},
		{"settings, kernel and initrd", finish_root},
		{"file system (mke2fs)", make_image_disk},
	};
	const struct image_description description = {
		.format = "raw", .cmdline = BUILD_CMDLINE, .virtual_size = recipe->size};
	int r = check_space(work, err);

	if (r == 0 && (r = make_folder(work)) < 0)
		error_set(err, r, "make %s", BUILD_FOLDER);
	for (size_t i = 0; r == 0 && i < sizeof(steps) / sizeof(steps[0]); i++) {
		progress_step(&work->progress, "%s", steps[i].text);
		r = steps[i].run(work, recipe, err);
	}
	return r < 0 ? r : image_store_commit(work, &description, ret_digest, err);
}
