// SPDX-License-Identifier: MIT
#include "image.h"
#include "base/fd.h"

#include <ctype.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

enum { DESCRIPTION_MAX = 64 * 1024 };

const char *const image_files[IMAGE_FILES] = {"disk", "vmlinuz", "initrd", "image.json"};

bool image_is_digest(const char *name)
{
	size_t prefix = strlen(IMAGE_DIGEST_PREFIX);

	return strncmp(name, IMAGE_DIGEST_PREFIX, prefix) == 0 &&
	       strspn(name + prefix, "0123456789abcdef") == IMAGE_HEX &&
	       name[prefix + IMAGE_HEX] == '\0';
}

bool image_is_name(const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length > IMAGE_NAME_MAX || !isalnum((unsigned char)name[0]))
		return false;
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)name[i] > 0x7e ||
			(!isalnum((unsigned char)name[i]) && !strchr("._-", name[i])))
			return false;
	/* A name must never be taken for a digest, nor for half of one. */
	return strncmp(name, IMAGE_DIGEST_PREFIX, strlen(IMAGE_DIGEST_PREFIX)) != 0;
}

void image_close(struct guest_image *image)
{
	free(image->name);
	free(image->format);
	free(image->cmdline);
	free(image->created);
	fd_closep(&image->dir_fd);
	*image = IMAGE_CLOSED;
}

static int not_roots(struct carrel_error *err, const char *name, const char *what)
{
	error_set(err, -EPERM, "image %s", name);
	error_why(err, "others than root can write to %s", what);
	return -EPERM;
}

/* Opens the store with O_PATH, by a path without links, each part of which is root's. */
static int open_image_store(const char *name, struct carrel_error *err)
{
	static const char *const parents[] = {IMAGE_STATE_DIR, IMAGE_DIR};
	cleanup_close int fd = -EBADF;
	struct stat st;

	for (size_t i = 0; i < sizeof(parents) / sizeof(parents[0]); i++) {
		fd_closep(&fd);
		fd = fd_open_nolinks(parents[i], O_PATH | O_DIRECTORY);
		if (fd == -ENOENT) {
			error_set(err, -ENOENT, "image %s", name);
			error_why(err, "there is none; carrel image build %s makes one", name);
			return -ENOENT;
		}
		if (fd < 0 || fstat(fd, &st) < 0)
			return error_set(err, fd < 0 ? fd : -errno, "%s", parents[i]);
		if (!fd_stat_trusted(&st))
			return not_roots(err, name, parents[i]);
	}
	return fd_take(&fd);
}

/* Reads what the link @name in the store says: a digest and nothing else. */
static int read_image_name(int store, const char *name, char *digest, struct carrel_error *err)
{
	char target[IMAGE_DIGEST_SIZE + 1];
	ssize_t n = readlinkat(store, name, target, sizeof(target) - 1);
	struct stat st;

	if (n < 0 && errno == ENOENT) {
		error_set(err, -ENOENT, "image %s", name);
		error_why(err, "there is none of that name; carrel image list shows those there "
			       "are");
		return -ENOENT;
	}
	if (n < 0)
		return error_set(err, -errno, "image %s", name);
	target[n] = '\0';
	if (fstatat(store, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set(err, -errno, "image %s", name);
	if (st.st_uid != 0)
		return not_roots(err, name, "its name");
	if (!image_is_digest(target)) {
		error_set(err, -EINVAL, "image %s", name);
		error_why(err, "its name leads to something else than an image");
		return -EINVAL;
	}
	memcpy(digest, target, strlen(target) + 1);
	return 0;
}

static int fill_description(struct guest_image *image, json_t *root)
{
	const char *format = json_string_value(json_object_get(root, "format"));
	const char *cmdline = json_string_value(json_object_get(root, "cmdline"));
	const char *created = json_string_value(json_object_get(root, "created"));
	json_int_t size = json_integer_value(json_object_get(root, "virtual_size"));

	if (!format || !cmdline || !created || size <= 0 ||
		(strcmp(format, "raw") != 0 && strcmp(format, "qcow2") != 0))
		return -EINVAL;
	image->virtual_size = (uint64_t)size;
	image->format = strdup(format);
	image->cmdline = strdup(cmdline);
	image->created = strdup(created);
	return image->format && image->cmdline && image->created ? 0 : -ENOMEM;
}

static int read_description(struct guest_image *image, struct carrel_error *err)
{
	cleanup_close int fd = image_open_file(image, "image.json", err);
	cleanup_free char *text = NULL;
	json_t *root;
	int r;

	if (fd < 0)
		return fd;
	r = fd_read_all(fd, DESCRIPTION_MAX, &text, NULL);
	if (r < 0)
		return error_set(err, r, "image.json of image %s", image->name);
	root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	r = fill_description(image, root);
	json_decref(root);
	if (r < 0) {
		error_set(err, r, "image.json of image %s", image->name);
		if (r == -EINVAL)
			error_why(err, "does not describe an image");
	}
	return r;
}

int image_open_file(const struct guest_image *image, const char *which, struct carrel_error *err)
{
	/* With O_NONBLOCK, opening ends even if it is something other than a file. */
	cleanup_close int fd =
		fd_open_beneath(image->dir_fd, which, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;

	if (fd < 0)
		return error_set(err, fd, "%s of image %s", which, image->name);
	if (fstat(fd, &st) < 0)
		return error_set(err, -errno, "%s of image %s", which, image->name);
	if (!S_ISREG(st.st_mode)) {
		error_set(err, -EINVAL, "%s of image %s", which, image->name);
		error_why(err, "is no file");
		return -EINVAL;
	}
	if (!fd_stat_trusted(&st))
		return not_roots(err, image->name, which);
	return fd_take(&fd);
}

int image_open(const char *name_or_digest, struct guest_image *ret, struct carrel_error *err)
{
	cleanup_image struct guest_image image = IMAGE_CLOSED;
	cleanup_close int store = -EBADF;
	struct stat st;
	int r;

	if (!image_is_name(name_or_digest) && !image_is_digest(name_or_digest)) {
		error_set(err, -EINVAL, "image %s", name_or_digest);
		error_why(err, "cannot be the name of an image");
		return -EINVAL;
	}
	image.name = strdup(name_or_digest);
	if (!image.name)
		return error_set(err, -ENOMEM, "image %s", name_or_digest);
	store = open_image_store(name_or_digest, err);
	if (store < 0)
		return store;
	if (image_is_digest(name_or_digest))
		snprintf(image.digest, sizeof(image.digest), "%s", name_or_digest);
	else {
		r = read_image_name(store, name_or_digest, image.digest, err);
		if (r < 0)
			return r;
	}
	image.dir_fd = fd_open_beneath(store, image.digest, O_PATH | O_DIRECTORY, 0);
	if (image.dir_fd < 0 || fstat(image.dir_fd, &st) < 0)
		return error_set(err, image.dir_fd < 0 ? image.dir_fd : -errno, "image %s (%s)",
			name_or_digest, image.digest);
	if (!fd_stat_trusted(&st))
		return not_roots(err, name_or_digest, "its folder");
	r = read_description(&image, err);
	if (r < 0)
		return r;
	*ret = image;
	image = IMAGE_CLOSED;
	return 0;
}
