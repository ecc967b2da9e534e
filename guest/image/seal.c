// SPDX-License-Identifier: MIT
#include "seal.h"
#include "base/fd.h"
#include "sha256.h"

#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { CHUNK = 1 << 20 };

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

/* A message for a reader who waits: a disk of some gigabytes takes seconds. */
static void tell(struct image_work *work, uint64_t done, uint64_t all)
{
	char note[32];

	snprintf(note, sizeof(note), "%u%%", (unsigned)(all ? done * 100 / all : 100));
	progress_note(&work->progress, note);
}

static int hash_file(struct image_work *work, const char *name, char hex[SHA256_HEX_SIZE],
	struct carrel_error *err)
{
	cleanup_close int fd = fd_open_beneath(work->dir_fd, name, O_RDONLY | O_NOCTTY, 0);
	cleanup_free char *chunk = malloc(CHUNK);
	struct sha256 sha;
	struct stat st;
	ssize_t n;

	if (!chunk)
		return error_set(err, -ENOMEM, "read %s", name);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, fd < 0 ? fd : -errno, "open %s", name);
	sha256_begin(&sha);
	while ((n = read(fd, chunk, CHUNK)) > 0) {
		int r = image_store_check(work, err);

		if (r < 0)
			return r;
		sha256_add(&sha, chunk, (size_t)n);
		tell(work, sha.length, (uint64_t)st.st_size);
	}
	if (n < 0)
		return error_set(err, -errno, "read %s", name);
	sha256_end(&sha, hex);
	/* Nobody is to write to it any more: what guests stand on does not change. */
	if (fchown(fd, 0, 0) < 0 || fchmod(fd, 0444) < 0 || fsync(fd) < 0)
		return error_set(err, -errno, "write %s", name);
	return 0;
}

int image_seal(struct image_work *work, const struct image_description *description,
	char *ret_digest, struct carrel_error *err)
{
	char hex[SHA256_HEX_SIZE];
	struct sha256 manifest;
	int r = write_description(work, description);

	if (r < 0)
		return error_set(err, r, "write image.json");
	progress_step(&work->progress, "checksums");
	sha256_begin(&manifest);
	for (size_t i = 0; i < IMAGE_FILES; i++) {
		char line[SHA256_HEX_SIZE + 32];

		r = hash_file(work, image_files[i], hex, err);
		if (r < 0)
			return r;
		snprintf(line, sizeof(line), "%s  %s\n", hex, image_files[i]);
		sha256_add(&manifest, line, strlen(line));
	}
	sha256_end(&manifest, hex);
	if (fsync(work->dir_fd) < 0)
		return error_set(err, -errno, "write the image's folder");
	snprintf(ret_digest, IMAGE_DIGEST_SIZE, IMAGE_DIGEST_PREFIX "%s", hex);
	return 0;
}
