// SPDX-License-Identifier: MIT
#include "session/terminals.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/units.h"
#include "session/inventory.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

/* The major numbers of Unix98 terminals (devices.txt). */
enum { PTS_MAJOR = 136, PTS_MAJORS = 8 };

/* ---- finding ---- */

static int check_devpts(int dir)
{
	struct statfs fs;

	if (fstatfs(dir, &fs) < 0)
		return -errno;
	return fs.f_type == DEVPTS_SUPER_MAGIC ? 0 : -ENODEV;
}

/* Opens the folder of session-init in /proc, which stays that process's. Returns a descriptor;
 * -ESRCH where it has ended; or -errno. */
static int open_init_folder(const struct session_record *record)
{
	cleanup_close int proc = -EBADF;
	char path[32];

	if (record->init.pid <= 0)
		return -ESRCH;
	snprintf(path, sizeof(path), "/proc/%d", (int)record->init.pid);
	proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	return proc_alive(&record->init) ? fd_take(&proc) : -ESRCH;
}

static int open_devpts(int proc, int *ret_dir)
{
	cleanup_close int root = openat(proc, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int dir = -EBADF;
	int r;

	/* A zombie has no root. */
	if (root < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	dir = r = fd_open_beneath(root, "dev/pts", O_RDONLY | O_DIRECTORY, 0);
	if (r < 0)
		return r == -ENOENT ? -ENODEV : r;
	r = check_devpts(dir);
	if (r == 0)
		*ret_dir = fd_take(&dir);
	return r;
}

int terminals_open(const struct session_record *record, int *ret_dir)
{
	cleanup_close int proc = open_init_folder(record);

	return proc < 0 ? proc : open_devpts(proc, ret_dir);
}

int terminals_open_host(int *ret_dir)
{
	cleanup_close int dir = open("/dev/pts", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = dir < 0 ? -errno : check_devpts(dir);

	if (r == 0)
		*ret_dir = fd_take(&dir);
	return r;
}

dev_t terminals_device(int dir)
{
	struct stat st;

	return fstat(dir, &st) < 0 ? 0 : st.st_dev;
}

/* ---- taking ---- */

/* Opens the mount namespace of the session. Returns a descriptor; -ENOENT where the session has the
 * host's terminals; or -errno. */
static int mount_namespace_of(const struct session_record *record, dev_t host)
{
	cleanup_close int proc = open_init_folder(record);
	cleanup_close int dir = -EBADF;
	int r = proc < 0 ? proc : open_devpts(proc, &dir);
	int fd;

	if (r < 0)
		return r;
	if (terminals_device(dir) == host)
		return -ENOENT;
	fd = openat(proc, "ns/mnt", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Returns true if @error means that the session has ended, or has no devpts of its own. With any
 * other error it may have one, beside which there must be no second. */
static bool means_none(int error)
{
	return error == -ESRCH || error == -ENOENT || error == -ENODEV || error == -ENOTDIR;
}

/* Opens the mount namespace of any session that has the instance: they all have the same. A session
 * that is just ending has none. */
static int find_namespace(uid_t uid, int *ret_fd, struct carrel_error *err)
{
	struct inventory inventory = {0};
	cleanup_close int host = -EBADF;
	int r = terminals_open_host(&host);

	if (r < 0)
		return error_set(err, r, "/dev/pts");
	r = inventory_load(uid, &inventory, err);
	for (size_t i = 0; r == 0 && i < inventory.count && *ret_fd < 0; i++) {
		int fd = inventory.session[i].alive
				 ? mount_namespace_of(
					   &inventory.session[i].record, terminals_device(host))
				 : -ESRCH;

		if (fd >= 0)
			*ret_fd = fd;
		else if (!means_none(fd))
			r = error_set(
				err, fd, "terminals of session %s", inventory.session[i].record.id);
	}
	inventory_free(&inventory);
	return r;
}

/* Sets the option "key=value" of a file system context. */
static int set_devpts_option(int fs, const char *option)
{
	char key[32];
	size_t length = strcspn(option, "=");

	if (option[length] != '=' || length >= sizeof(key))
		return -EINVAL;
	memcpy(key, option, length);
	key[length] = '\0';
	return syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, option + length + 1, 0) < 0
		       ? -errno
		       : 0;
}

static int make_instance(const struct plan_ops *ops, const struct plan_op *op)
{
	cleanup_close int fs = (int)syscall(SYS_fsopen, "devpts", FSOPEN_CLOEXEC);
	const char *option = ops->strings + op->text;
	int r = fs < 0 ? -errno : 0, fd;

	for (; r == 0 && *option; option += strlen(option) + 1)
		r = set_devpts_option(fs, option);
	if (r == 0 && syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		r = -errno;
	if (r < 0)
		return r;
	fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, (unsigned)op->attrs);
	return fd < 0 ? -errno : fd;
}

int terminals_take(const struct plan *plan, int *ret_fd, struct carrel_error *err)
{
	const struct plan_op *op = NULL;
	cleanup_close int fd = -EBADF;
	int r;

	for (uint32_t i = 0; i < plan->ops->n_setup; i++)
		if (plan->ops->setup[i].kind == PLAN_OP_TERMINALS)
			op = &plan->ops->setup[i];
	if (!op)
		return 0;
	r = find_namespace(plan->uid, &fd, err);
	if (r < 0)
		return r;
	if (fd < 0)
		fd = r = make_instance(plan->ops, op);
	if (r < 0)
		return error_set(err, r, "terminals of user %s", plan->user);
	*ret_fd = fd_take(&fd);
	return 0;
}

/* ---- telling ---- */

int terminals_write(int dir, unsigned number, uid_t uid, const char *text, size_t size)
{
	cleanup_close int fd = -EBADF;
	struct stat st;
	char name[16];

	snprintf(name, sizeof(name), "%u", number);
	fd = openat(dir, name, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	/* By now the terminal may be a later one of that number, so the opened one decides. */
	if (!S_ISCHR(st.st_mode) || major(st.st_rdev) < PTS_MAJOR ||
		major(st.st_rdev) >= PTS_MAJOR + PTS_MAJORS || st.st_uid != uid)
		return -EPERM;
	return write(fd, text, size) < 0 ? -errno : 0;
}

size_t terminals_write_all(int dir, uid_t uid, const char *text, size_t size)
{
	cleanup_closedir DIR *entries = NULL;
	struct dirent *entry;
	size_t reached = 0;

	if (fd_open_dir(dir, &entries) < 0)
		return 0;
	while ((entry = readdir(entries))) {
		uint64_t number;

		if (units_parse_count(entry->d_name, &number) == 0 && number <= UINT32_MAX &&
			terminals_write(dir, (unsigned)number, uid, text, size) == 0)
			reached++;
	}
	return reached;
}
