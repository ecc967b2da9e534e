// SPDX-License-Identifier: MIT
#include "import.h"
#include "base/fd.h"
#include "disk.h"
#include "run.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

enum { CHUNK = 1 << 20 };

/* One of the three files: where it comes from, what it is called, and what it must be. */
struct part {
	const char *path, *name;
	int (*check)(int fd, const char *path, struct carrel_error *err);
};

int image_open_source(const char *path, struct stat *ret_st, struct carrel_error *err)
{
	cleanup_free char *absolute = NULL;
	cleanup_free char *canonical = NULL;
	cleanup_free char *here = path[0] == '/' ? strdup("") : get_current_dir_name();
	cleanup_close int fd = -EBADF;
	int r;

	if (!here || asprintf(&absolute, "%s/%s", here, path) < 0)
		return error_set(err, -ENOMEM, "open %s", path);
	r = fd_canonical_trusted(absolute, &canonical);
	if (r < 0) {
		error_set(err, r, "open %s", path);
		if (r == -EPERM)
			error_why(err, "there is a link in it that is not root's");
		return r;
	}
	fd = fd_open_nolinks(canonical, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, ret_st) < 0)
		return error_set(err, fd < 0 ? fd : -errno, "open %s", path);
	if (!S_ISREG(ret_st->st_mode)) {
		error_set(err, -EINVAL, "open %s", path);
		error_why(err, "is no file");
		return -EINVAL;
	}
	return fd_take(&fd);
}

/* Copies one piece that has data, from @from to @end. */
static int copy_data(struct image_work *work, int in, int out, off_t from, off_t end, off_t size,
	struct carrel_error *err)
{
	cleanup_free char *chunk = malloc(CHUNK);

	if (!chunk)
		return error_set(err, -ENOMEM, "copy");
	if (lseek(out, from, SEEK_SET) < 0)
		return error_set(err, -errno, "write");
	while (from < end) {
		ssize_t n =
			pread(in, chunk, end - from < CHUNK ? (size_t)(end - from) : CHUNK, from);
		char note[16];
		int r = image_interrupted(work, err);

		if (r < 0)
			return r;
		if (n < 0)
			return error_set(err, -errno, "read");
		if (n == 0) {
			error_set(err, -EAGAIN, "read");
			error_why(err, "the file became shorter while it was read");
			return -EAGAIN;
		}
		r = fd_write_all(out, chunk, (size_t)n);
		if (r < 0)
			return error_set(err, r, "write");
		from += n;
		snprintf(note, sizeof(note), "%u%%", (unsigned)(from * 100 / size));
		progress_note(&work->progress, note);
	}
	return 0;
}

/* Copies a file whose holes stay holes, of which lseek(2) tells. What cannot tell of them says that
 * all is data. */
static int copy_sparse(
	struct image_work *work, int in, int out, off_t size, struct carrel_error *err)
{
	off_t data, hole = 0;

	if (ioctl(out, FICLONE, in) == 0)
		return 0;
	if (ftruncate(out, size) < 0)
		return error_set(err, -errno, "write");
	while (hole < size && (data = lseek(in, hole, SEEK_DATA)) >= 0 && data < size) {
		int r;

		hole = lseek(in, data, SEEK_HOLE);
		if (hole < 0)
			return error_set(err, -errno, "read");
		if (hole > size)
			hole = size;
		r = copy_data(work, in, out, data, hole, size, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Copies one of the files into the work folder. Returns a descriptor of the copy, open for
 * reading. */
static int take_part(struct image_work *work, const struct part *part, struct carrel_error *err)
{
	cleanup_close int out = -EBADF;
	struct carrel_error inner = {0};
	char text[CARREL_ERROR_TEXT_MAX];
	struct stat st;
	cleanup_close int in = image_open_source(part->path, &st, err);
	int r = in < 0 ? in : part->check(in, part->path, err);

	if (r < 0)
		return r;
	out = fd_open_beneath(work->dir_fd, part->name, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (out < 0)
		return error_set(err, out, "make %s", part->name);
	r = copy_sparse(work, in, out, st.st_size, &inner);
	if (r == -EINTR) {
		if (err)
			*err = inner;
		return r;
	}
	if (r < 0) {
		error_set(err, r, "import %s", part->path);
		error_why(err, "%s", error_format(&inner, text, sizeof(text)));
		return r;
	}
	return fd_take(&out);
}

/* Checks the disk before it is copied, which takes its time. */
static int glance_at_disk(int fd, const char *path, struct carrel_error *err)
{
	const char *format;
	uint64_t size;

	return image_disk_check(fd, path, NULL, &format, &size, err);
}

int image_import(struct image_work *work, const struct image_source *source, char *ret_digest,
	struct carrel_error *err)
{
	const struct part parts[] = {
		{source->kernel, "vmlinuz", image_kernel_check},
		{source->initrd, "initrd", image_initrd_check},
		{source->disk, "disk", glance_at_disk},
	};
	struct image_description description = {.cmdline = source->cmdline};

	progress_step(&work->progress, "copying");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		cleanup_close int fd = take_part(work, &parts[i], err);
		int r = fd < 0 ? fd : parts[i].check(fd, parts[i].path, err);

		/* The copy is what counts: the file may have been changed meanwhile. */
		if (r == 0 && strcmp(parts[i].name, "disk") == 0)
			r = image_disk_check(fd, parts[i].path, work, &description.format,
				&description.virtual_size, err);
		if (r < 0)
			return r;
	}
	return image_store_commit(work, &description, ret_digest, err);
}
