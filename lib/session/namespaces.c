// SPDX-License-Identifier: MIT
#include "session/namespaces.h"
#include "base/cleanup.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/fsuid.h>

/* The pid namespace comes last: until the others are back, a fork must not land outside. */
static const struct {
	const char *name;
	int flag;
} rows[NAMESPACE_COUNT] = {
	{"mnt", CLONE_NEWNS},
	{"ipc", CLONE_NEWIPC},
	{"uts", CLONE_NEWUTS},
	{"net", CLONE_NEWNET},
	{"cgroup", CLONE_NEWCGROUP},
	[NAMESPACE_TIME] = {"time", CLONE_NEWTIME}, /* of children to come (session/clock.h) */
	{"pid", CLONE_NEWPID},
};

static int save_each(uint64_t flags, struct saved_namespaces *saved, struct carrel_error *err)
{
	for (size_t i = 0; i < NAMESPACE_COUNT; i++) {
		char path[64];

		if (!(flags & (uint64_t)rows[i].flag))
			continue;
		/* "pid" is the namespace that "self" is in, and not the one that its children would
		 * be in. */
		snprintf(path, sizeof(path), "/proc/self/ns/%s", rows[i].name);
		saved->fd[i] = open(path, O_RDONLY | O_CLOEXEC);
		if (saved->fd[i] < 0)
			return error_set(err, -errno, "%s", path);
	}
	return 0;
}

/*
 * Joins namespaces. Threads share their root and working directory. By a pidfd, setns(2) would move
 * those of all threads into a tree that is in this thread's mount namespace alone; by a descriptor
 * of the namespace it refuses (EINVAL). So this thread gets its own first. Where nobody shares,
 * that changes nothing.
 */
static int join_namespaces(int fd, uint64_t flags)
{
	if ((flags & CLONE_NEWNS) && unshare(CLONE_FS) < 0)
		return -errno;
	return setns(fd, (int)flags) < 0 ? -errno : 0;
}

void namespaces_follow_directory(const struct saved_namespaces *saved, uid_t uid, gid_t gid)
{
	int before_uid, before_gid;

	if (!saved->directory)
		return;
	/* The user's rights decide what can be entered; setfsuid(2) takes root's override away from
	 * this thread alone, for as long as it lasts. */
	before_uid = setfsuid(uid);
	before_gid = setfsgid(gid);
	if (chdir(saved->directory) < 0) {
		/* The caller stays at "/", where setns(2) has put it. */
	}
	setfsgid((gid_t)before_gid);
	setfsuid((uid_t)before_uid);
}

int namespaces_save(uint64_t flags, struct saved_namespaces *ret_saved, struct carrel_error *err)
{
	struct saved_namespaces saved = SAVED_NAMESPACES_NONE;
	int r = save_each(flags, &saved, err);

	if (r < 0) {
		namespaces_forget(&saved);
		return r;
	}
	/* setns(2) moves the working directory where the mount namespace changes, and not
	 * otherwise. */
	saved.directory = flags & CLONE_NEWNS ? getcwd(NULL, 0) : NULL;
	*ret_saved = saved;
	return 0;
}

static void take_back(uint64_t flags, const struct saved_namespaces *saved)
{
	for (size_t i = 0; i < NAMESPACE_COUNT; i++)
		if ((flags & (uint64_t)rows[i].flag) && saved->fd[i] >= 0)
			(void)join_namespaces(saved->fd[i], (uint64_t)rows[i].flag);
}

int namespaces_enter(int pidfd, uint64_t flags, uint64_t fresh,
	const struct saved_namespaces *saved, struct carrel_error *err)
{
	int r = fresh && unshare((int)fresh) < 0 ? -errno : 0;

	if (r < 0)
		return error_set(err, r, "namespaces of the login's own");
	/* The kernel joins all or none of them. */
	r = join_namespaces(pidfd, flags);
	if (r < 0) {
		take_back(fresh, saved);
		return error_set(err, r, "namespaces of session-init");
	}
	return 0;
}

static void close_saved(struct saved_namespaces *saved)
{
	for (size_t i = 0; i < NAMESPACE_COUNT; i++)
		fd_closep(&saved->fd[i]);
}

int namespaces_restore(struct saved_namespaces *saved, struct carrel_error *err)
{
	int r, first = 0;

	for (size_t i = 0; i < NAMESPACE_COUNT; i++) {
		if (saved->fd[i] < 0)
			continue;
		r = join_namespaces(saved->fd[i], (uint64_t)rows[i].flag);
		if (r < 0 && first == 0)
			first = error_set(err, r, "the caller's %s namespace", rows[i].name);
	}
	close_saved(saved);
	return first;
}

void namespaces_return_directory(const struct saved_namespaces *saved)
{
	/* The path that the directory has now would not do, as it is the user's. */
	if (saved->directory && chdir(saved->directory) < 0) {
		/* The directory has gone, so this stays at "/". */
	}
}

void namespaces_forget(struct saved_namespaces *saved)
{
	close_saved(saved);
	free(saved->directory);
	saved->directory = NULL;
}
