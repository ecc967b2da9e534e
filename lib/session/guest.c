// SPDX-License-Identifier: MIT
#include "session/guest.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "session/orphan.h"
#include "session/record.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

enum { STATE_MAX = 16384 };

int guest_open(uid_t uid, int *ret_fd, struct carrel_error *err)
{
	cleanup_close int state = -EBADF;
	int r = state_open(&state, err);

	return r < 0 ? r : state_open_guest(state, uid, ret_fd, err);
}

/* With the lock in *ret_lock, where it is free. */
static int take_lock(int guest_fd, int *ret_lock)
{
	cleanup_close int fd = fd_open_beneath(guest_fd, GUEST_LOCK, O_RDWR | O_CREAT, 0600);

	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 1 : -errno;
	*ret_lock = fd_take(&fd);
	return 0;
}

int guest_is_there(int guest_fd)
{
	cleanup_close int lock = -EBADF;

	return take_lock(guest_fd, &lock);
}

/* Where it stands then, it must not stay, and the limits of the login are not its own: it sees to
 * that itself. */
static int spawn(uid_t uid, deadline_t deadline, struct carrel_error *err)
{
	char number[16];
	struct orphan_program program = {
		.path = GUEST_LAUNCH, .argument = number, .socket = -EBADF};
	struct orphan orphan;
	int r;

	snprintf(number, sizeof(number), "%u", (unsigned)uid);
	r = orphan_start(&program, deadline, &orphan, err);
	if (r == 0)
		close(orphan.pidfd);
	return r;
}

/* 1 where there is a guest. */
static int clear(int guest_fd)
{
	cleanup_close int lock = -EBADF;
	int r = take_lock(guest_fd, &lock);

	/* Nobody can be told of an earlier guest's end any more. A guest that another starts at
	 * this very moment may find the lock taken; ours is started after that. */
	if (r == 0 && unlinkat(guest_fd, GUEST_STATE, 0) < 0 && errno != ENOENT)
		r = -errno;
	return r;
}

/* Whoever logs in now wants the next one, which systemd, or guest-launch itself, starts once this
 * one has ended. */
static bool is_stopping(int guest_fd)
{
	cleanup_free char *text = NULL;

	return fd_read_file(guest_fd, GUEST_STATE, STATE_MAX, &text) == 0 &&
	       strstr(text, GUEST_STATE_STOPPING);
}

/* 1 where another login has asked for it already. */
static int order_next(int guest_fd)
{
	cleanup_close int fd =
		fd_open_beneath(guest_fd, GUEST_NEXT, O_WRONLY | O_CREAT | O_EXCL, 0600);

	if (fd == -EEXIST)
		return 1;
	return fd < 0 ? fd : 0;
}

static int start(
	struct cgroup_manager *manager, uid_t uid, deadline_t deadline, struct carrel_error *err)
{
	char unit[64];

	if (!manager->ops->start)
		return spawn(uid, deadline, err);
	snprintf(unit, sizeof(unit), "carrel-guest@%u.service", (unsigned)uid);
	return manager->ops->start(manager, unit, deadline, err);
}

int guest_ensure(struct cgroup_manager *manager, uid_t uid, int guest_fd, deadline_t deadline,
	struct carrel_error *err)
{
	int r = guest_fd >= 0 ? clear(guest_fd) : 0;
	bool next = r == 1 && is_stopping(guest_fd);

	if (next)
		r = order_next(guest_fd);
	/* systemd is told each time: whoever has asked for it first may have died before. */
	if (next && r == 1 && manager->ops->start)
		r = 0;
	if (r != 0)
		return r < 0 ? error_set(err, r, "guest of user %u", (unsigned)uid) : 0;
	r = start(manager, uid, deadline, err);
	if (r < 0 && next)
		(void)unlinkat(guest_fd, GUEST_NEXT, 0);
	return r;
}
