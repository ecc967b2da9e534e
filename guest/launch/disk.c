// SPDX-License-Identifier: MIT
#include "disk.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/owner.h"
#include "base/program.h"
#include "base/units.h"
#include "guest/folder.h"
#include "guest/image/qcow2.h"
#include "guest/image/use.h"
#include "guest/programs.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CREATE_USEC = 60 * 1000 * 1000, DISK_MODE = 0600, FOLDER_MODE = 0700 };

static const char *problem_with(int fd, const struct guest_origin *origin)
{
	struct qcow2_disk disk;
	const char *why;
	int r = qcow2_header_check(fd, &disk, &why);

	if ((r < 0 && r != -EINVAL) || disk.version != 3)
		return "it is not a qcow2 disk any more";
	if (disk.features & QCOW2_CORRUPT)
		return "it is marked as corrupt";
	if (disk.size != origin->disk)
		return "its size is not the one that it was made with";
	/* Some features would have the header name files: an external data file is one. */
	return r < 0 || disk.features & ~(uint64_t)QCOW2_DIRTY
		       ? "it has features that carrel gives to no disk"
		       : NULL;
}

static int check_overlay(int fd, const struct guest_settings *settings,
	const struct guest_origin *origin, struct carrel_error *err)
{
	const char *user = settings->account.name, *wrong;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_set(err, -errno, "disk of user %s's guest", user);
	if (!S_ISREG(st.st_mode) || st.st_nlink > 1)
		wrong = "it is not a file of its own";
	else
		wrong = problem_with(fd, origin);
	if (!wrong)
		return 0;
	error_set(err, -EBADMSG, "disk of user %s's guest", user);
	return error_why(err,
		"%s; `carrel guest destroy %s` removes it, the next start makes a "
		"new one",
		wrong, user);
}

/* ---- its folder ---- */

static int sync_folder(int state_fd)
{
	cleanup_close int fd = fd_open_beneath(state_fd, GUEST_DISK_DIR, O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0)
		return fd;
	return fsync(fd) < 0 ? -errno : 0;
}

/* Makes the folder of the disk, which root alone may enter, and moves a disk there that an earlier
 * version has made. */
static int ensure_folder(int state_fd, uid_t uid, struct carrel_error *err)
{
	int r = 0;

	if (mkdirat(state_fd, GUEST_DISK_DIR, FOLDER_MODE) < 0 && errno != EEXIST)
		r = -errno;
	else if (renameat(state_fd, GUEST_OLD_DISK, state_fd, GUEST_DISK) == 0)
		r = sync_folder(state_fd);
	else if (errno != ENOENT)
		r = -errno;
	return r < 0 ? error_set(err, r, "folder of uid %u's disk", (unsigned)uid) : 0;
}

/* ---- a new one ---- */

static int run_create(const char *path, const char *backing, const struct guest_image *image,
	uint64_t size, struct carrel_error *err)
{
	char bytes[24];
	/* -u: the backing file need not be opened to make an empty overlay. */
	const struct program create = {.path = QEMU_IMG,
		.argv = (const char *const[]){"qemu-img", "create", "-q", "-u", "-f", "qcow2", "-F",
			image->format, "-b", backing, path, bytes, NULL}};
	cleanup_free char *text = NULL;
	int status = 0, r;

	snprintf(bytes, sizeof(bytes), "%llu", (unsigned long long)size);
	r = program_capture(&create, deadline_in(CREATE_USEC), &text, &status);
	if (r == 0 && status == 0)
		return 0;
	error_set(err, r < 0 ? r : -EIO, "%s", QEMU_IMG);
	if (r == -ENOENT)
		return error_why(err, "it is not there; install qemu-utils");
	if (r == 0 && text && text[0])
		return error_why(err, "%.*s", (int)strcspn(text, "\n"), text);
	return err ? err->code : -EIO;
}

/* Makes an empty overlay in a folder that only root can change; it becomes the user's once it is
 * whole. Returns a descriptor or -errno. */
static int create_overlay(int state_fd, const struct guest_settings *settings,
	const struct guest_image *image, const struct guest_origin *origin,
	struct carrel_error *err)
{
	const struct policy_login *login = &settings->account.login;
	cleanup_close int fd = -EBADF;
	char path[96], backing[160];
	int r;

	snprintf(path, sizeof(path), GUEST_STATE_DIR "/%u/" GUEST_NEW_DISK, (unsigned)login->uid);
	snprintf(backing, sizeof(backing), IMAGE_DIR "/%s/disk", image->digest);
	if (unlinkat(state_fd, GUEST_NEW_DISK, 0) < 0 && errno != ENOENT)
		return error_set(err, -errno, "%s", path);
	/* qemu-img would make it open to all, and a descriptor outlives a change of the mode. */
	fd = fd_open_beneath(state_fd, GUEST_NEW_DISK, O_RDWR | O_CREAT | O_EXCL, DISK_MODE);
	if (fd < 0)
		return error_set(err, fd, "%s", path);
	r = run_create(path, backing, image, origin->disk, err);
	if (r < 0)
		return r;
	if (fchmod(fd, DISK_MODE) < 0 || fchown(fd, login->uid, login->gid) < 0)
		return error_set(err, -errno, "%s", path);
	return fd_take(&fd);
}

/* Removes the guest's host key, which goes with its disk: whoever had the uid before could know it,
 * from inside. */
static int forget_host_key(int state_fd, struct carrel_error *err)
{
	static const char *const names[] = {GUEST_HOST_KEY, GUEST_HOST_KEY ".pub"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (unlinkat(state_fd, names[i], 0) < 0 && errno != ENOENT)
			return error_set(err, -errno, "%s of an earlier guest", names[i]);
	return 0;
}

/* Gives a new disk its name. Name and origin come after the content, and the origin last: without
 * it there is no disk, also where the power fails in between. */
static int keep_disk(int state_fd, uid_t uid, int overlay_fd, const struct guest_origin *origin,
	struct carrel_error *err)
{
	int r = fsync(overlay_fd) < 0 ? -errno : 0;

	if (r == 0 && unlinkat(state_fd, GUEST_JSON, 0) < 0 && errno != ENOENT)
		r = -errno;
	if (r == 0 && renameat(state_fd, GUEST_NEW_DISK, state_fd, GUEST_DISK) < 0)
		r = -errno;
	if (r == 0)
		r = sync_folder(state_fd);
	if (r == 0) {
		r = guest_origin_write(state_fd, uid, origin);
		/* The origin may be there, but nobody knows whether it will stay. */
		if (r < 0)
			(void)unlinkat(state_fd, GUEST_JSON, 0);
	}
	return r < 0 ? error_set(err, r, "a new guest's disk") : 0;
}

/* Opens the image @name, which stays until disk->use_fd is closed, and its disk. */
static int open_image(
	const char *name, deadline_t deadline, struct guest_disk *disk, struct carrel_error *err)
{
	int r = image_open(name, &disk->image, err);

	if (r == 0)
		r = disk->use_fd = image_use(&disk->image, deadline, err);
	if (r >= 0)
		r = disk->backing_fd = image_open_file(&disk->image, "disk", err);
	return r < 0 ? r : 0;
}

static void describe_origin(const struct guest_settings *settings, const struct guest_image *image,
	struct guest_origin *ret_origin)
{
	const struct guest_template *template = &settings->template;

	*ret_origin =
		(struct guest_origin){.disk = template->disk, .created = (uint64_t)time(NULL)};
	snprintf(ret_origin->user, sizeof(ret_origin->user), "%s", settings->account.name);
	snprintf(ret_origin->template, sizeof(ret_origin->template), "%s", template->name);
	snprintf(ret_origin->image, sizeof(ret_origin->image), "%s", template->image);
	snprintf(ret_origin->digest, sizeof(ret_origin->digest), "%s", image->digest);
}

static int make_disk(int state_fd, const struct guest_settings *settings, deadline_t deadline,
	struct guest_disk *disk, struct carrel_error *err)
{
	const struct guest_template *template = &settings->template;
	char image_size[UNITS_TEXT_MAX];
	int r = open_image(template->image, deadline, disk, err);

	if (r < 0)
		return r;
	if (disk->image.virtual_size > template->disk) {
		error_set(err, -EINVAL, "template %s", template->name);
		return error_why(err, "disk = %s is less than the %s of image %s",
			template->key[TEMPLATE_DISK].text,
			units_format_size(disk->image.virtual_size, image_size), template->image);
	}
	describe_origin(settings, &disk->image, &disk->origin);
	r = forget_host_key(state_fd, err);
	if (r == 0)
		r = create_overlay(state_fd, settings, &disk->image, &disk->origin, err);
	if (r < 0)
		return r;
	disk->overlay_fd = r;
	if (template->disk_persist)
		return keep_disk(state_fd, settings->account.login.uid, disk->overlay_fd,
			&disk->origin, err);
	return unlinkat(state_fd, GUEST_NEW_DISK, 0) < 0
		       ? error_set(err, -errno, "a new guest's disk")
		       : 0;
}

/* ---- the one that is there ---- */

static int missing_image(const struct guest_settings *settings, const struct guest_origin *origin,
	struct carrel_error *err)
{
	error_set(err, -ENOENT, "image %.19s of user %s's guest", origin->digest,
		settings->account.name);
	return error_why(err,
		"it is missing, and the disk is of no use without it; import %s again, or lose what "
		"is on the disk by `carrel guest destroy %s`",
		origin->image, settings->account.name);
}

/* Refuses a disk with somebody else's data on it, whoever has the uid by now. */
static int check_disk_owner(int state_fd, const struct account *account, struct guest_disk *disk,
	struct carrel_error *err)
{
	struct guest_origin *origin = &disk->origin;
	uid_t uid = account->login.uid;
	int r;

	if (!origin->user[0]) {
		snprintf(origin->user, sizeof(origin->user), "%s", account->name);
		disk->adopted = true;
		r = guest_origin_write(state_fd, uid, origin);
		return r < 0 ? error_set(err, r, "%s of user %s's guest", GUEST_JSON, account->name)
			     : 0;
	}
	r = owner_is(origin->user, account->name, uid);
	if (r == 1)
		return 0;
	error_set(err, r < 0 ? r : -EPERM, "disk of uid %u's guest", (unsigned)uid);
	return r < 0 ? error_why(err,
			       "it was made for %s, who cannot be looked up just now (%s); try "
			       "again later",
			       origin->user, strerror(-r))
		     : error_why(err,
			       "it was made for %s, and %s has that uid now; if that is a new name "
			       "of the same account, write it into " GUEST_STATE_DIR
			       "/%u/" GUEST_JSON "; if not, carrel guest list says what to do",
			       origin->user, account->name, (unsigned)uid);
}

/* Opens the disk that is there, and its image. Returns 1, 0 where there is none, or -errno. */
static int reopen_disk(int state_fd, const struct guest_settings *settings, int signal_fd,
	deadline_t deadline, struct guest_disk *disk, struct carrel_error *err)
{
	int r = guest_origin_read(state_fd, &disk->origin);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return error_set(
			err, r, "%s of user %s's guest", GUEST_JSON, settings->account.name);
	disk->overlay_fd = fd_open_beneath(state_fd, GUEST_DISK, O_RDWR, 0);
	if (disk->overlay_fd == -ENOENT)
		return 0;
	if (disk->overlay_fd < 0)
		return error_set(
			err, disk->overlay_fd, "disk of user %s's guest", settings->account.name);
	r = check_disk_owner(state_fd, &settings->account, disk, err);
	if (r == 0)
		r = guest_disk_mend(disk->overlay_fd, settings, signal_fd, err);
	if (r >= 0) {
		disk->mended = r > 0;
		r = check_overlay(disk->overlay_fd, settings, &disk->origin, err);
	}
	if (r == 0)
		r = open_image(disk->origin.digest, deadline, disk, err);
	if (r == -ENOENT)
		return missing_image(settings, &disk->origin, err);
	return r < 0 ? r : 1;
}

int guest_disk_open(int state_fd, const struct guest_settings *settings, int signal_fd,
	deadline_t deadline, struct guest_disk *ret_disk, struct carrel_error *err)
{
	int r = ensure_folder(state_fd, settings->account.login.uid, err);

	if (r < 0)
		return r;
	if (settings->template.disk_persist)
		r = reopen_disk(state_fd, settings, signal_fd, deadline, ret_disk, err);
	if (r == 0)
		r = make_disk(state_fd, settings, deadline, ret_disk, err);
	return r < 0 ? r : 0;
}

void guest_disk_close(struct guest_disk *disk)
{
	fd_closep(&disk->overlay_fd);
	fd_closep(&disk->backing_fd);
	fd_closep(&disk->use_fd);
	image_close(&disk->image);
}
