// SPDX-License-Identifier: MIT
#include "list.h"
#include "base/fd.h"
#include "store.h"
#include "use.h"

#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

enum { RECORD_MAX = 64 * 1024 };

void image_list_free(struct image_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->entry[i].name);
		free(list->entry[i].problem);
		image_close(&list->entry[i].image);
	}
	free(list->entry);
	*list = (struct image_list){0};
}

/* ---- guests ---- */

static bool is_made_from(int guests, const char *uid, const char *digest)
{
	cleanup_close int folder = fd_open_beneath(guests, uid, O_RDONLY | O_DIRECTORY, 0);
	cleanup_close int fd =
		folder < 0 ? -EBADF
			   : fd_open_beneath(folder, "guest.json", O_RDONLY | O_NONBLOCK, 0);
	cleanup_free char *text = NULL;
	const char *made_from;
	json_t *root;
	bool same;

	if (fd < 0 || fd_read_all(fd, RECORD_MAX, &text, NULL) < 0)
		return false;
	root = json_loads(text, 0, NULL);
	made_from = json_string_value(json_object_get(root, "digest"));
	same = made_from && strcmp(made_from, digest) == 0;
	json_decref(root);
	return same;
}

/* Counts the guests whose guest.json names @digest. Returns 0 or -errno. */
static int count_image_guests(const char *digest, size_t *ret_count, struct carrel_error *err)
{
	cleanup_close int guests = fd_open_nolinks(GUEST_DIR, O_RDONLY | O_DIRECTORY);
	cleanup_closedir DIR *dir = NULL;
	const struct dirent *entry;
	size_t count = 0;
	int r;

	*ret_count = 0;
	if (guests == -ENOENT)
		return 0;
	r = guests < 0 ? guests : fd_open_dir(guests, &dir);
	if (r < 0)
		return error_set(err, r, "read %s", GUEST_DIR);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			count += is_made_from(guests, entry->d_name, digest);
	*ret_count = count;
	return 0;
}

/* ---- images ---- */

static uint64_t measure_image(const struct guest_image *image)
{
	uint64_t size = 0;
	struct stat st;

	for (size_t i = 0; i < IMAGE_FILES; i++)
		if (fstatat(image->dir_fd, image_files[i], &st, AT_SYMLINK_NOFOLLOW) == 0)
			size += (uint64_t)st.st_blocks * 512;
	return size;
}

/* Adds an image to the list. One that cannot be opened is listed with the reason. */
static int add_image(struct image_list *list, const char *name, struct carrel_error *err)
{
	struct image_entry *grown =
		reallocarray(list->entry, list->count + 1, sizeof(*list->entry));
	struct carrel_error problem = {0};
	struct image_entry *entry;
	int r;

	if (!grown)
		return error_set(err, -ENOMEM, "list images");
	list->entry = grown;
	entry = &grown[list->count++];
	*entry = (struct image_entry){.image = IMAGE_CLOSED};
	entry->name = strdup(name);
	if (!entry->name)
		return error_set(err, -ENOMEM, "list images");
	r = image_open(name, &entry->image, &problem);
	if (r < 0) {
		char text[CARREL_ERROR_TEXT_MAX];

		entry->problem = strdup(error_format(&problem, text, sizeof(text)));
		return entry->problem ? 0 : error_set(err, -ENOMEM, "list images");
	}
	memcpy(entry->digest, entry->image.digest, sizeof(entry->digest));
	entry->size = measure_image(&entry->image);
	return count_image_guests(entry->digest, &entry->guests, err);
}

static bool has_image_name(const struct image_list *list, size_t names, const char *digest)
{
	for (size_t i = 0; i < names; i++)
		if (strcmp(list->entry[i].digest, digest) == 0)
			return true;
	return false;
}

/* Sorts names first, then images without one. */
static int by_name(const void *left, const void *right)
{
	const struct image_entry *a = left, *b = right;
	int digests = image_is_digest(a->name) - image_is_digest(b->name);

	return digests ? digests : strcmp(a->name, b->name);
}

static int add_images(struct image_list *list, DIR *dir, bool digests, struct carrel_error *err)
{
	size_t names = list->count;
	const struct dirent *entry;

	rewinddir(dir);
	while ((entry = readdir(dir))) {
		bool digest = image_is_digest(entry->d_name);
		int r;

		if (digest != digests || (!digest && !image_is_name(entry->d_name)) ||
			(digest && has_image_name(list, names, entry->d_name)))
			continue;
		r = add_image(list, entry->d_name, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int image_list_load(struct image_list *ret, struct carrel_error *err)
{
	cleanup_close int store = fd_open_nolinks(IMAGE_DIR, O_RDONLY | O_DIRECTORY);
	cleanup_closedir DIR *dir = NULL;
	struct image_list list = {0};
	int r;

	*ret = list;
	if (store == -ENOENT)
		return 0;
	r = store < 0 ? store : fd_open_dir(store, &dir);
	if (r < 0)
		return error_set(err, r, "read %s", IMAGE_DIR);
	r = add_images(&list, dir, false, err);
	if (r == 0)
		r = add_images(&list, dir, true, err);
	if (r < 0) {
		image_list_free(&list);
		return r;
	}
	if (list.count > 0)
		qsort(list.entry, list.count, sizeof(*list.entry), by_name);
	for (size_t i = 0; i < list.count; i++)
		if (image_is_digest(list.entry[i].name))
			free(TAKE_PTR(list.entry[i].name));
	*ret = list;
	return 0;
}

/* ---- the end of an image, if nothing is made from it ---- */

static int in_use(const char *name, const char *why, struct carrel_error *err)
{
	error_set(err, -EBUSY, "image %s", name);
	error_why(err, "%s", why);
	return -EBUSY;
}

/* Returns a name other than @name that leads to @digest, or NULL. */
static const char *other_name(const struct image_list *list, const char *name, const char *digest)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->entry[i].name && strcmp(list->entry[i].name, name) != 0 &&
			strcmp(list->entry[i].digest, digest) == 0)
			return list->entry[i].name;
	return NULL;
}

/* Removes an image's folder. It is moved away first, so that it is gone from one moment to the
 * next. */
static int remove_image_folder(int store, const char *digest)
{
	int r;

	if (renameat(store, digest, store, IMAGE_REMOVED) < 0)
		return errno == ENOENT ? 0 : -errno;
	r = image_store_remove(IMAGE_REMOVED);
	return r == 0 && fsync(store) < 0 ? -errno : r;
}

/* Finds the digest that has the name, even of a folder that is missing or damaged. */
static int resolve_digest(int store, const char *name, char digest[IMAGE_DIGEST_SIZE])
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
	/* This comes before guests are counted, so that one that comes later finds the image gone.
	 * A name may lead nowhere. */
	if (!other)
		use = image_use_never(digest, err);
	if (use < 0 && use != -EBADF && use != -ENOENT)
		return use;
	r = other ? 0 : count_image_guests(digest, &guests, err);
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
	r = other ? 0 : remove_image_folder(store, digest);
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
	r = resolve_digest(store, name_or_digest, digest);
	if (r < 0) {
		error_set(err, r, "image %s", name_or_digest);
		error_why(err, r == -ENOENT ? "there is none of that name" : "is no image");
		return r;
	}
	return remove_locked(store, name_or_digest, digest, ret_kept, err);
}
