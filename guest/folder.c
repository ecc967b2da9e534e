// SPDX-License-Identifier: MIT
#include "folder.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "policy/account.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <time.h>

#define GUEST_LOCK_ALL GUEST_RUN_DIR "/lock"

enum { FOLDER_MODE = 0711, LOCK_MODE = 0600, NAP_NSEC = 5000000, UIDS_FIRST = 64, NOTE_MAX = 64 };

/* Opens the folder @name of @dirfd, which only root may be able to change: with O_PATH, because
 * users may enter what they may not list. With @make, root makes it where it is missing, and can
 * read and sync it. */
static int enter_folder(int dirfd, const char *name, bool make)
{
	cleanup_close int fd = -EBADF;
	struct stat st;

	if (make && mkdirat(dirfd, name, FOLDER_MODE) == 0) {
		/* mkdir(2) goes by the caller's umask. */
		if (fchmodat(dirfd, name, FOLDER_MODE, 0) < 0)
			return -errno;
	} else if (make && errno != EEXIST) {
		return -errno;
	}
	fd = fd_open_beneath(dirfd, name, (make ? O_RDONLY : O_PATH) | O_DIRECTORY, 0);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	return fd_stat_trusted(&st) ? fd_take(&fd) : -EPERM;
}

/* Opens @path from "/" on, one folder after the other. */
static int enter_path(const char *path, bool make)
{
	cleanup_close int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_free char *copy = strdup(path);
	char *rest = copy, *name;

	if (fd < 0 || !copy)
		return fd < 0 ? -errno : -ENOMEM;
	while ((name = strsep(&rest, "/"))) {
		int next;

		if (!*name)
			continue;
		next = enter_folder(fd, name, make);
		if (next < 0)
			return next;
		fd_closep(&fd);
		fd = next;
	}
	return fd_take(&fd);
}

static int open_top(const char *top, bool make)
{
	int fd = enter_path(top, false);

	return fd == -ENOENT && make ? enter_path(top, true) : fd;
}

int guest_top_open(const char *top, struct carrel_error *err)
{
	cleanup_close int path = open_top(top, true);
	cleanup_close int fd =
		path < 0 ? path : fd_open_beneath(path, ".", O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0)
		return error_set(err, fd, "folder %s", top);
	if (fchmod(fd, GUEST_TOP_MODE) < 0)
		return error_set(err, -errno, "folder %s", top);
	return fd_take(&fd);
}

int guest_folder_open(const char *top, uid_t uid, bool make, struct carrel_error *err)
{
	cleanup_close int fd = open_top(top, make);
	char name[16];
	int r = fd;

	snprintf(name, sizeof(name), "%u", (unsigned)uid);
	if (r >= 0)
		r = enter_folder(fd, name, make);
	if (r >= 0)
		return r;
	error_set(err, r, "folder %s/%s", top, name);
	return r == -EPERM ? error_why(err, "others than root can change it") : r;
}

int guest_lock_all(deadline_t deadline, struct carrel_error *err)
{
	static const struct timespec nap = {.tv_nsec = NAP_NSEC};
	cleanup_close int top = open_top(GUEST_RUN_DIR, true);
	cleanup_close int fd = -EBADF;

	if (top < 0)
		return error_set(err, top, "folder %s", GUEST_RUN_DIR);
	fd = fd_open_beneath(top, "lock", O_RDWR | O_CREAT, LOCK_MODE);
	if (fd < 0)
		return error_set(err, fd, "%s", GUEST_LOCK_ALL);
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_set(err, -errno, "%s", GUEST_LOCK_ALL);
		if (deadline_left_usec(deadline) == 0)
			return error_set(err, -ETIMEDOUT, "%s", GUEST_LOCK_ALL);
		nanosleep(&nap, NULL);
	}
	return fd_take(&fd);
}

int guest_lock(int run_fd)
{
	cleanup_close int fd = fd_open_beneath(run_fd, GUEST_LOCK, O_RDWR | O_CREAT, LOCK_MODE);

	if (fd < 0)
		return fd;
	return flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : fd_take(&fd);
}

int guest_open_image_locks(void)
{
	cleanup_close int top = open_top(GUEST_RUN_DIR, true);

	return top < 0 ? top : fd_open_beneath(top, "images", O_RDWR | O_CREAT, LOCK_MODE);
}

int guest_lives(int run_fd)
{
	cleanup_close int fd = fd_open_beneath(run_fd, GUEST_LOCK, O_RDWR, 0);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	/* The lock is shared, so that nobody else who looks takes this for a guest. */
	if (flock(fd, LOCK_SH | LOCK_NB) == 0)
		return 0;
	return errno == EWOULDBLOCK ? 1 : -errno;
}

int guest_note_qemu(int lock_fd, const struct proc_id *qemu)
{
	char text[NOTE_MAX];
	int n = snprintf(text, sizeof(text), "%d %" PRIu64 "\n", (int)qemu->pid, qemu->start);

	/* The note is written from the beginning: a start that is tried again writes it again. */
	if (ftruncate(lock_fd, 0) < 0)
		return -errno;
	return pwrite(lock_fd, text, (size_t)n, 0) == n ? 0 : -EIO;
}

int guest_find_last(int run_fd, struct proc_id *ret_qemu)
{
	cleanup_free char *text = NULL;
	struct proc_id qemu = {0};
	int fd, r = fd_read_file(run_fd, GUEST_LOCK, NOTE_MAX, &text);

	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	if (sscanf(text, "%d %" SCNu64, &qemu.pid, &qemu.start) != 2 || qemu.pid <= 0)
		return -ESRCH;
	fd = proc_open(&qemu);
	if (fd >= 0 && ret_qemu)
		*ret_qemu = qemu;
	return fd;
}

int guest_end_last(int run_fd, deadline_t deadline)
{
	cleanup_close int fd = guest_find_last(run_fd, NULL);
	struct pollfd gone = {.fd = fd, .events = POLLIN};
	int r;

	if (fd < 0)
		return fd == -ESRCH ? 0 : fd;
	/* The kernel does as much when its parent ends, unless QEMU has asked the kernel not to. */
	if (pidfd_send_signal(fd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
		return -errno;
	do
		r = poll(&gone, 1, deadline_left_ms(deadline));
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r == 0 ? -ETIMEDOUT : 0;
}

int guest_folder_clear(
	int run_fd, bool dry, void (*report)(void *data, const char *name), void *data)
{
	cleanup_closedir DIR *dir = NULL;
	struct dirent *entry;
	int r = fd_open_dir(run_fd, &dir);

	while (r == 0 && (entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
			strcmp(name, GUEST_LOCK) == 0)
			continue;
		/* No crash has left this one: a login has just asked for the guest. */
		if (report && strcmp(name, GUEST_ORDERED) == 0)
			continue;
		if (report)
			report(data, name);
		if (!dry && unlinkat(run_fd, name, 0) < 0 && errno != ENOENT)
			r = -errno;
	}
	return r;
}

static int compare_uids(const void *a, const void *b)
{
	uid_t x = *(const uid_t *)a, y = *(const uid_t *)b;

	return (x > y) - (x < y);
}

/* Reads all uids into an array, which the caller frees, also after a failure. */
static int read_uids(DIR *dir, uid_t **ret_uids, size_t *ret_count)
{
	size_t room = 0, count = 0;
	struct dirent *entry;

	for (;;) {
		uid_t *grown;

		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		if (count == room) {
			room = room ? 2 * room : UIDS_FIRST;
			grown = reallocarray(*ret_uids, room, sizeof(**ret_uids));
			if (!grown)
				return -ENOMEM;
			*ret_uids = grown;
		}
		if (account_parse_uid(entry->d_name, &(*ret_uids)[count]))
			count++;
	}
	*ret_count = count;
	/* Half of them would admit more guests than there is room for. */
	return -errno;
}

int guest_folders(const char *top, int (*each)(void *data, uid_t uid), void *data)
{
	cleanup_free uid_t *uids = NULL;
	cleanup_close int fd = open_top(top, false);
	cleanup_closedir DIR *dir = NULL;
	size_t count = 0;
	int r;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	r = fd_open_dir(fd, &dir);
	if (r == 0)
		r = read_uids(dir, &uids, &count);
	if (r < 0)
		return r;
	if (count > 0)
		qsort(uids, count, sizeof(*uids), compare_uids);
	for (size_t i = 0; i < count && r == 0; i++)
		r = each(data, uids[i]);
	return r;
}
