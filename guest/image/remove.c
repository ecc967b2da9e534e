// SPDX-License-Identifier: MIT
/*
 * remove.c - the end of an image, if nothing is made from it.
 */
#include "base/fd.h"
#include "list.h"
#include "store.h"
#include "use.h"

#include <fcntl.h>
#include <string.h>

static int in_use(const char *name, const char *why, struct carrel_error *err)
{
	error_set(err, -EBUSY, "image %s", name);
	error_why(err, "%s", why);
	return -EBUSY;
}

/* Whether another name than @name leads to @digest: *ret_name, or NULL. */
static const char *other_name(const struct image_list *list, const char *name, const char *digest)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->entry[i].name && strcmp(list->entry[i].name, name) != 0 &&
			strcmp(list->entry[i].digest, digest) == 0)
			return list->entry[i].name;
	return NULL;
}

/* Moved away first: what is removed is gone from one moment to the next, too. */
static int remove_folder(int store, const char *digest)
{
	int r;

	if (renameat(store, digest, store, IMAGE_REMOVED) < 0)
		return errno == ENOENT ? 0 : -errno;
	r = image_store_remove(IMAGE_REMOVED);
	return r == 0 && fsync(store) < 0 ? -errno : r;
}

/* What it is that has the name: a digest, also of a folder that is missing or damaged. */
static int resolve(int store, const char *name, char digest[IMAGE_DIGEST_SIZE])
{
	ssize_t n;

	memset(digest, 0, IMAGE_DIGEST_SIZE);
	if (image_is_digest(name)) {
		memcpy(digest, name, strlen(name) + 1);
		return faccessat(store, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
	}
	n = readlinkat(store, name, digest, IMAGE_DIGEST_SIZE - 1);
	if (n < 0)
		return -errno;
	return image_is_digest(digest) ? 0 : -EINVAL;
}

static int remove_locked(
	int store, const char *name, const char *digest, bool *ret_kept, struct carrel_error *err)
{
	cleanup(image_list_free) struct image_list list = {0};
	bool by_digest = image_is_digest(name);
	cleanup_close int use = -EBADF;
	const char *other;
	char why[128];
	size_t guests;
	int r = image_list_load(&list, err);

	if (r < 0)
		return r;
	other = other_name(&list, name, digest);
	if (by_digest && other) {
		snprintf(why, sizeof(why), "its name is %s", other);
		return in_use(name, why, err);
	}
	/* Before they are counted: who comes later finds it gone. A name may lead nowhere. */
	if (!other)
		use = image_use_never(digest, err);
	if (use < 0 && use != -EBADF && use != -ENOENT)
		return use;
	r = other ? 0 : image_count_guests(digest, &guests, err);
	if (r < 0)
		return r;
	if (!other && guests > 0) {
		snprintf(why, sizeof(why),
			"%zu guest%s made from it; carrel guest destroy ends one", guests,
			guests == 1 ? " is" : "s are");
		return in_use(name, why, err);
	}
	if (!by_digest && unlinkat(store, name, 0) < 0)
		return error_set(err, -errno, "remove image %s", name);
	r = other ? 0 : remove_folder(store, digest);
	if (r < 0)
		return error_set(err, r, "remove image %s", name);
	*ret_kept = other != NULL;
	return 0;
}

int image_remove(const char *name_or_digest, bool *ret_kept, struct carrel_error *err)
{
	cleanup_close int store = -EBADF;
	cleanup_close int lock = -EBADF;
	char digest[IMAGE_DIGEST_SIZE];
	int r;

	if (!image_is_name(name_or_digest) && !image_is_digest(name_or_digest)) {
		error_set(err, -EINVAL, "image %s", name_or_digest);
		error_why(err, "cannot be the name of an image");
		return -EINVAL;
	}
	lock = image_store_lock(&store, err);
	if (lock < 0)
		return lock;
	r = resolve(store, name_or_digest, digest);
	if (r < 0) {
		error_set(err, r, "image %s", name_or_digest);
		error_why(err, r == -ENOENT ? "there is none of that name" : "is no image");
		return r;
	}
	return remove_locked(store, name_or_digest, digest, ret_kept, err);
}
