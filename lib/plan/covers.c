// SPDX-License-Identifier: MIT
/*
 * covers.c - hides a folder or a socket of the host's by a file system of the session's own.
 *
 * The planner looks at the host no more than it has to: an admin's folder may lie on a server that
 * never answers, and the planner runs in sshd, which nothing ends. What session-init looks at has a
 * deadline.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "plan/builders.h"
#include "policy/keys.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { SLOT_WORK = 0, MIB = 1 << 20 };

/*
 * Users can write to these folders on Debian, besides those that view.c covers. Each would
 * otherwise be a place where users meet, read what others forgot, and fill up what all need; files
 * there would outlive the logout. With tmp = private they are the session's own. A folder is
 * covered only where its mountpoint is root's own, and others than root can write to it.
 *
 * Some are left, because what is put there is meant for somebody else, and mostly by a program with
 * rights of its own: /var/spool/cron and atjobs (to be run later), /var/mail,
 * /var/spool/postfix/maildrop, /var/spool/cups, /var/games. /run/faillock/USER is the user's file,
 * but root reads it to count.
 */
static const struct {
	const char *path;
	uint64_t max_bytes; /* 0: tmp.size */
	bool anyhow;        /* also where root alone can write: by a set-user-ID program users do */
} user_folders[] = {
	{"/run/lock", 5 * MIB, false},       /* locks of devices, as large as Debian makes it */
	{"/run/screen", MIB, true},          /* screen's sockets, in S-USER */
	{"/var/crash", 0, false},            /* core files, by core_pattern; reports of apport */
	{"/var/lib/php/sessions", 0, false}, /* of php on the command line, too */
	{"/var/spool/samba", 0, false},      /* print jobs */
};

/*
 * At these addresses systemd 258 and later tell everybody about all units and scopes, what they use
 * and which process is whose. PID 1 is one varlink server with several addresses, and says all at
 * each of them. So users of DynamicUser= in units have no names inside (nss-systemd finds others by
 * userdbd). io.systemd.Login stays: pam_systemd needs it when the session closes, and it tells who
 * is logged in and no more, as loginctl does.
 */
#define MANAGER_SOCKET "/run/systemd/io.systemd.Manager"
static const char *const telling[] = {
	MANAGER_SOCKET, "/run/systemd/io.systemd.ManagedOOM", "/run/systemd/unit/io.systemd.Unit",
	"/run/systemd/userdb/io.systemd.DynamicUser",
	"/run/systemd/report", /* metrics of units and cgroups */
};

static void add_cover(
	struct plan_ops *ops, const char *target, uint64_t max_bytes, unsigned mode, unsigned flags)
{
	plan_add_tmpfs(ops, SLOT_WORK, max_bytes, mode);
	plan_add_attach(ops, SLOT_WORK, target)->flags = PLAN_OP_NOEXEC_AS_BELOW | flags;
}

int plan_cover(struct plan_ops *ops, const char *path, uint64_t max_bytes, unsigned mode,
	char **ret_path, struct carrel_error *err)
{
	cleanup_free char *target = NULL;
	int r = plan_mountpoint(path, &target, err);

	if (r < 0)
		return r;
	if (target)
		add_cover(ops, target, max_bytes, mode, 0);
	if (ret_path)
		*ret_path = TAKE_PTR(target);
	return 0;
}

bool plan_covers(const char *path)
{
	static const char *const others[] = {"/tmp", "/var/tmp", "/run/user"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(path, others[i]) == 0)
			return true;
	for (size_t i = 0; i < sizeof(user_folders) / sizeof(user_folders[0]); i++)
		if (strcmp(path, user_folders[i].path) == 0)
			return true;
	return false;
}

/* Returns 1 if the folder @name of @parent is to be covered; 0 if there is none, or it is a
 * link, or, unless @anyhow, only root can write to it; or -errno. What is mounted there is not
 * looked at. */
static int needs_cover(int parent, const char *name, bool anyhow)
{
	cleanup_close int fd = fd_open_same_mount(parent, name, O_PATH | O_DIRECTORY, 0);
	struct stat st;

	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP)
		return 0;
	if (fd == -EXDEV || (fd >= 0 && anyhow))
		return 1;
	if (fd < 0 || fstat(fd, &st) < 0)
		return fd < 0 ? fd : -errno;
	return !fd_stat_trusted(&st);
}

/* Finds the canonical path of user_folders[@row]. *ret_target is NULL where the folder needs no
 * cover, or can have none. Returns 0 or -errno. */
static int find_user_folder(size_t row, char **ret_target)
{
	const char *path = user_folders[row].path, *name = strrchr(path, '/') + 1;
	cleanup_free char *above = strndup(path, (size_t)(name - path) - 1);
	cleanup_free char *parent = NULL;
	cleanup_close int fd = -EBADF;
	struct stat st;
	int r = above ? fd_canonical_trusted(above, &parent) : -ENOMEM;

	*ret_target = NULL;
	if (r < 0) /* -EPERM: a user could lead the way elsewhere, and take the mountpoint away */
		return r == -ENOENT || r == -ENOTDIR || r == -EPERM ? 0 : r;
	fd = fd_open_nolinks(parent, O_PATH | O_DIRECTORY);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fd < 0 ? fd : -errno;
	r = fd_stat_trusted(&st) ? needs_cover(fd, name, user_folders[row].anyhow) : 0;
	if (r > 0 && asprintf(ret_target, "%s/%s", parent, name) < 0)
		r = -ENOMEM;
	return r < 0 ? r : 0;
}

int plan_build_covers(const struct policy *policy, struct plan_ops *ops, struct carrel_error *err)
{
	uint64_t size = policy->setting[POLICY_MOUNTS_TMP_SIZE].value.number;

	if (policy->setting[POLICY_MOUNTS_TMP].value.choice != POLICY_PRIVATE)
		return 0;
	for (size_t i = 0; i < sizeof(user_folders) / sizeof(user_folders[0]); i++) {
		uint64_t bound = user_folders[i].max_bytes;
		cleanup_free char *target = NULL;
		int r;

		r = find_user_folder(i, &target);
		if (r < 0)
			return error_set(err, r, "cover of %s", user_folders[i].path);
		if (target)
			add_cover(ops, target, bound ? bound : size, 0700, PLAN_OP_MODE_AS_BELOW);
	}
	return 0;
}

void plan_build_masks(struct plan_ops *ops)
{
	struct stat st;

	if (lstat(MANAGER_SOCKET, &st) < 0 && errno == ENOENT)
		return;
	plan_add_tmpfs(ops, SLOT_WORK, 0, 0700);
	for (size_t i = 0; i < sizeof(telling) / sizeof(telling[0]); i++)
		plan_ops_add(ops, PLAN_OP_MASK, telling[i], NULL)->slot = SLOT_WORK;
}
