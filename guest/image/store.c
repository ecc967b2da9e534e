// SPDX-License-Identifier: MIT
#include "store.h"
#include "base/fd.h"
#include "run.h"

#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>

#define LOCK ".lock"
#define NEW  ".new"
#define WORK "work"
#define LINK ".link"

enum { TREE_DESCRIPTORS = 64 };

/* Opens the folder @path, and makes it if need be. It has to be root's. */
static int open_image_folder(const char *path, struct carrel_error *err)
{
	cleanup_close int fd = -EBADF;
	struct stat st;

	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return error_set(err, -errno, "make %s", path);
	fd = fd_open_nolinks(path, O_RDONLY | O_DIRECTORY);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, fd < 0 ? fd : -errno, "open %s", path);
	if (!fd_stat_trusted(&st)) {
		error_set(err, -EPERM, "%s", path);
		error_why(err, "others than root can write to it");
		return -EPERM;
	}
	return fd_take(&fd);
}

static int open_store(struct carrel_error *err)
{
	cleanup_close int parent = open_image_folder(IMAGE_STATE_DIR, err);

	return parent < 0 ? parent : open_image_folder(IMAGE_DIR, err);
}

/* Returns the descriptor that holds the lock, or -EBUSY. */
static int take_store_lock(int store, struct carrel_error *err)
{
	cleanup_close int fd =
		fd_open_beneath(store, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_NOCTTY, 0600);

	if (fd < 0)
		return error_set(err, fd, "%s/%s", IMAGE_DIR, LOCK);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd_take(&fd);
	if (errno != EWOULDBLOCK)
		return error_set(err, -errno, "lock %s/%s", IMAGE_DIR, LOCK);
	error_set(err, -EBUSY, "%s", IMAGE_DIR);
	error_why(err, "another image is being built, imported or removed");
	return -EBUSY;
}

static int remove_tree_entry(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st, (void)type, (void)where;
	return remove(path) < 0 && errno != ENOENT ? -errno : 0;
}

/* Removes by a path, since nobody but root can change anything on the way there, or enter what is
 * removed. */
int image_store_remove(const char *name)
{
	char path[sizeof(IMAGE_DIR) + IMAGE_DIGEST_SIZE + 1];
	struct stat st;
	int r;

	snprintf(path, sizeof(path), IMAGE_DIR "/%s", name);
	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	r = nftw(path, remove_tree_entry, TREE_DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
	return r == -1 ? -errno : r;
}

/* Removes what an addition or a removal that was killed has left, under names that no image can
 * have. */
static int sweep_leftovers(int store, bool dry, int *ret_count)
{
	static const char *const names[] = {NEW, LINK, IMAGE_REMOVED};
	struct stat st;
	int count = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int r;

		if (fstatat(store, names[i], &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		r = dry ? 0 : image_store_remove(names[i]);
		if (r < 0)
			return r;
		count++;
	}
	*ret_count = count;
	return 0;
}

int image_store_lock(int *ret_store_fd, struct carrel_error *err)
{
	cleanup_close int store = open_store(err);
	int lock, count, r;

	if (store < 0)
		return store;
	lock = take_store_lock(store, err);
	if (lock < 0)
		return lock;
	r = sweep_leftovers(store, false, &count);
	if (r < 0) {
		close(lock);
		return error_set(err, r, "remove what was left in %s", IMAGE_DIR);
	}
	*ret_store_fd = fd_take(&store);
	return lock;
}

int image_store_sweep(bool dry, struct carrel_error *err)
{
	cleanup_close int store = fd_open_nolinks(IMAGE_DIR, O_RDONLY | O_DIRECTORY);
	cleanup_close int lock = -EBADF;
	int count = 0, r;

	if (store == -ENOENT)
		return 0;
	if (store < 0)
		return error_set(err, store, "open %s", IMAGE_DIR);
	lock = take_store_lock(store, err);
	/* Images that several hosts share read-only are tidied up where they can be written. */
	if (lock == -EBUSY || lock == -EROFS)
		return 0;
	if (lock < 0)
		return lock;
	r = sweep_leftovers(store, dry, &count);
	return r < 0 ? error_set(err, r, "remove what was left in %s", IMAGE_DIR) : count;
}

/* Catches signals, so that from here on an end that somebody asks for is one that tidies up. */
static int catch_signals(struct image_work *work)
{
	static const int wanted[] = {SIGINT, SIGTERM, SIGHUP};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		sigaddset(&set, wanted[i]);
	sigprocmask(SIG_BLOCK, &set, &work->signals_before);
	work->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return work->signal_fd < 0 ? -errno : 0;
}

static int make_work(struct image_work *work)
{
	cleanup_close int parent = -EBADF;

	if (mkdirat(work->store_fd, NEW, 0700) < 0)
		return -errno;
	parent = fd_open_beneath(work->store_fd, NEW, O_RDONLY | O_DIRECTORY, 0);
	if (parent < 0)
		return parent;
	if (mkdirat(parent, WORK, 0755) < 0)
		return -errno;
	work->dir_fd = fd_open_beneath(parent, WORK, O_RDONLY | O_DIRECTORY, 0);
	if (work->dir_fd < 0)
		return work->dir_fd;
	return fchmod(work->dir_fd, 0755) < 0 ? -errno : 0;
}

int image_store_begin(
	const char *name, unsigned steps, struct image_work *ret, struct carrel_error *err)
{
	struct image_work work = {.name = name,
		.store_fd = -EBADF,
		.lock_fd = -EBADF,
		.dir_fd = -EBADF,
		.signal_fd = -EBADF};
	int r;

	sigprocmask(SIG_BLOCK, NULL, &work.signals_before);
	progress_begin(&work.progress, name, steps);
	work.lock_fd = image_store_lock(&work.store_fd, err);
	r = work.lock_fd < 0 ? work.lock_fd : 0;
	if (r == 0) {
		r = catch_signals(&work);
		r = r < 0 ? r : make_work(&work);
		if (r < 0)
			error_set(err, r, "make %s/%s", IMAGE_DIR, NEW);
	}
	if (r < 0) {
		image_store_end(&work);
		return r;
	}
	*ret = work;
	return 0;
}

void image_store_end(struct image_work *work)
{
	if (work->lock_fd >= 0)
		image_store_remove(NEW);
	fd_closep(&work->dir_fd);
	fd_closep(&work->lock_fd);
	fd_closep(&work->store_fd);
	if (work->signal_fd >= 0) {
		struct signalfd_siginfo info;

		/* A signal that was answered by an error is not to be answered again. */
		while (read(work->signal_fd, &info, sizeof(info)) > 0)
			;
		fd_closep(&work->signal_fd);
	}
	sigprocmask(SIG_SETMASK, &work->signals_before, NULL);
	progress_clear(&work->progress);
	free(TAKE_PTR(work->output));
}

/* ---- images are named after their content ---- */

static int write_description(
	const struct image_work *work, const struct image_description *description)
{
	cleanup_free char *json = NULL;
	cleanup_free char *text = NULL;
	time_t now = time(NULL);
	char created[32];
	json_t *root;
	struct tm tm;

	if (!gmtime_r(&now, &tm) || strftime(created, sizeof(created), "%FT%TZ", &tm) == 0)
		return -EOVERFLOW;
	root = json_pack("{s:s, s:s, s:s, s:I, s:s}", "name", work->name, "created", created,
		"format", description->format, "virtual_size",
		(json_int_t)description->virtual_size, "cmdline", description->cmdline);
	json = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
	json_decref(root);
	if (!json || asprintf(&text, "%s\n", json) < 0)
		return -ENOMEM;
	return fd_replace_file(work->dir_fd, "image.json", text, 0444);
}

/* Finds the SHA-256 of the file @fd, which errors call @name, in hexadecimal digits. */
static int hash_file(struct image_work *work, int fd, const char *name, char hex[IMAGE_HEX + 1],
	struct carrel_error *err)
{
	static const struct image_program sha256sum = {"/usr/bin/sha256sum", "coreutils"};
	char said[IMAGE_OUTPUT_MAX + 1];
	struct program_output output = {.text = said, .room = IMAGE_OUTPUT_MAX};
	int r = lseek(fd, 0, SEEK_SET) < 0 ? error_set(err, -errno, "read %s", name)
					   : image_ask(work, &sha256sum, fd, &output, err);

	if (r < 0)
		return r;
	if (strspn(output.text, "0123456789abcdef") != IMAGE_HEX) {
		error_set(err, -EBADMSG, "%s", sha256sum.path);
		return error_why(err, "gives no checksum of %s", name);
	}
	snprintf(hex, IMAGE_HEX + 1, "%.*s", IMAGE_HEX, output.text);
	return 0;
}

/* Adds the file's line to @manifest. From then on nobody may write to the file, because what guests
 * stand on must not change. */
static int seal_file(
	struct image_work *work, const char *name, int manifest, struct carrel_error *err)
{
	cleanup_close int fd = fd_open_beneath(work->dir_fd, name, O_RDONLY | O_NOCTTY, 0);
	char hex[IMAGE_HEX + 1];
	int r = fd < 0 ? error_set(err, fd, "open %s", name) : hash_file(work, fd, name, hex, err);

	if (r < 0)
		return r;
	if (fchown(fd, 0, 0) < 0 || fchmod(fd, 0444) < 0 || fsync(fd) < 0 ||
		dprintf(manifest, "%s  %s\n", hex, name) < 0)
		return error_set(err, -errno, "write %s", name);
	return 0;
}

/* Writes image.json, hashes the four files of the work folder, and makes them 0444 and durable. */
static int seal_image(struct image_work *work, const struct image_description *description,
	char digest[IMAGE_DIGEST_SIZE], struct carrel_error *err)
{
	cleanup_close int manifest = memfd_create("manifest", MFD_CLOEXEC);
	char hex[IMAGE_HEX + 1];
	int r = manifest < 0 ? -errno : write_description(work, description);

	if (r < 0)
		return error_set(err, r, "write image.json");
	progress_step(&work->progress, "checksums");
	for (size_t i = 0; r == 0 && i < IMAGE_FILES; i++)
		r = seal_file(work, image_files[i], manifest, err);
	if (r == 0)
		r = hash_file(work, manifest, "the checksums", hex, err);
	if (r < 0)
		return r;
	if (fsync(work->dir_fd) < 0)
		return error_set(err, -errno, "write the image's folder");
	snprintf(digest, IMAGE_DIGEST_SIZE, IMAGE_DIGEST_PREFIX "%s", hex);
	return 0;
}

/* Has the name lead to @digest from one moment to the next, whatever it led to before. */
static int point_name(int store, const char *name, const char *digest)
{
	unlinkat(store, LINK, 0);
	if (symlinkat(digest, store, LINK) < 0)
		return -errno;
	if (renameat(store, LINK, store, name) < 0) {
		int r = -errno;

		unlinkat(store, LINK, 0);
		return r;
	}
	return fsync(store) < 0 ? -errno : 0;
}

int image_store_commit(struct image_work *work, const struct image_description *description,
	char *ret_digest, struct carrel_error *err)
{
	char digest[IMAGE_DIGEST_SIZE];
	int r = seal_image(work, description, digest, err);

	if (r == 0)
		r = image_interrupted(work, err);
	if (r < 0)
		return r;
	if (renameat(work->store_fd, NEW "/" WORK, work->store_fd, digest) < 0 && errno != EEXIST &&
		errno != ENOTEMPTY)
		return error_set(err, -errno, "rename to %s/%s", IMAGE_DIR, digest);
	if (fsync(work->store_fd) < 0)
		return error_set(err, -errno, "write %s", IMAGE_DIR);
	r = point_name(work->store_fd, work->name, digest);
	if (r < 0)
		return error_set(err, r, "name %s in %s", work->name, IMAGE_DIR);
	snprintf(ret_digest, IMAGE_DIGEST_SIZE, "%s", digest);
	return 0;
}
