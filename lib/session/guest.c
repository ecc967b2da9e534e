// SPDX-License-Identifier: MIT
#include "session/guest.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/owner.h"
#include "session/orphan.h"
#include "session/record.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { STATE_MAX = 16384, OWNER_MAX = 1024 };

int guest_open(uid_t uid, int *ret_fd, struct carrel_error *err)
{
	cleanup_close int state = -EBADF;
	int r = state_open(&state, err);

	return r < 0 ? r : state_open_guest(state, uid, ret_fd, err);
}

/* Takes the lock of a guest for a look. A guest, and a process that is just starting one, holds the
 * lock exclusively. A process that only looks shares it, and is never taken for a guest. Returns 1
 * where a guest has it; 0 with the lock in *ret_lock; -errno. */
static int share_lock(int guest_fd, int *ret_lock)
{
	cleanup_close int fd = fd_open_beneath(guest_fd, GUEST_LOCK, O_RDWR | O_CREAT, 0600);

	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_SH | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 1 : -errno;
	*ret_lock = fd_take(&fd);
	return 0;
}

/* Refuses a guest that an earlier owner of the uid has left running. A guest whose owner is not
 * recorded is just being started, for the present owner of the uid. */
static int check_guest_owner(int guest_fd, const char *user, uid_t uid, struct carrel_error *err)
{
	cleanup_free char *owner = NULL;
	int r = fd_read_file(guest_fd, GUEST_OWNER, OWNER_MAX, &owner);

	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = owner_is(owner, user, uid);
	if (r == 1)
		return 0;
	error_set(err, r < 0 ? r : -EPERM, "guest of user %s", user);
	if (!owner)
		return r;
	return r < 0 ? error_why(err,
			       "a guest runs that was started for %s, who cannot be looked up just "
			       "now (%s); try again later",
			       owner, strerror(-r))
		     : error_why(err,
			       "a guest runs that was started for %s, who had uid %u before; \"carrel "
			       "guest stop %u\" ends it",
			       owner, (unsigned)uid, (unsigned)uid);
}

int guest_knock(uid_t uid)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), GUEST_RUN_DIR "/%u/" GUEST_CONNECT,
		(unsigned)uid);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return fd_take(&fd);
}

/* Tells a guest that may be about to stop, because nobody uses it, that a login is on its way.
 * Either the guest sees that, or its state says that it is stopping, and the next guest is ordered
 * (idle.c). Where its queue is full, it sees other logins. */
static void announce_login(uid_t uid)
{
	cleanup_close int fd = guest_knock(uid);

	(void)fd;
}

/* Starts guest-launch as a process of its own, which leaves the cgroup and the limits of the login
 * by itself. */
static int spawn_launcher(uid_t uid, deadline_t deadline, struct carrel_error *err)
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

/* Removes the state of an earlier guest. Returns 1 where there is a guest; 0; or -errno. */
static int forget_last_state(int guest_fd)
{
	cleanup_close int lock = -EBADF;
	int r = share_lock(guest_fd, &lock);

	/* Nobody needs to be told of an earlier guest's end any more. A guest that is started at
	 * this very moment may find the lock taken, and tries again (guest/launch/lock.c). */
	if (r == 0 && unlinkat(guest_fd, GUEST_STATE, 0) < 0 && errno != ENOENT)
		r = -errno;
	return r;
}

/* Returns whether the guest is stopping. A login that comes now needs the next guest, which
 * systemd, or guest-launch itself, starts once this one has ended. */
static bool is_stopping(int guest_fd)
{
	cleanup_free char *text = NULL;

	return fd_read_file(guest_fd, GUEST_STATE, STATE_MAX, &text) == 0 &&
	       strstr(text, GUEST_STATE_STOPPING);
}

/* Orders the next guest. Returns 1 where another login has done so already; 0; or -errno. */
static int order_next(int guest_fd)
{
	cleanup_close int fd =
		fd_open_beneath(guest_fd, GUEST_NEXT, O_WRONLY | O_CREAT | O_EXCL, 0600);

	if (fd == -EEXIST)
		return 1;
	return fd < 0 ? fd : 0;
}

/* Orders a guest where there is none. By this order guest-attach tells a guest that is on its way
 * from one that nobody has asked for: a login may ask for many shells (ControlMaster of
 * ssh_config(5)), but for a guest only as it opens. */
static int order_first(int guest_fd)
{
	cleanup_close int fd = fd_open_beneath(guest_fd, GUEST_ORDERED, O_WRONLY | O_CREAT, 0600);

	return fd < 0 ? fd : 0;
}

static int start_launcher(
	struct cgroup_manager *manager, uid_t uid, deadline_t deadline, struct carrel_error *err)
{
	char unit[64];

	if (!manager->ops->start)
		return spawn_launcher(uid, deadline, err);
	snprintf(unit, sizeof(unit), "carrel-guest@%u.service", (unsigned)uid);
	return manager->ops->start(manager, unit, deadline, err);
}

int guest_ensure(struct cgroup_manager *manager, const char *user, uid_t uid, int guest_fd,
	deadline_t deadline, struct carrel_error *err)
{
	int r = forget_last_state(guest_fd);
	bool next = false;

	if (r == 1) {
		r = check_guest_owner(guest_fd, user, uid, err);
		if (r < 0)
			return r;
		announce_login(uid);
		r = 1;
		next = is_stopping(guest_fd);
	}
	if (next)
		r = order_next(guest_fd);
	/* systemd is told each time, because the login that was the first to order the guest may
	 * have died before it told systemd. */
	if (next && r == 1 && manager->ops->start)
		r = 0;
	if (r == 0 && !next)
		r = order_first(guest_fd);
	if (r != 0)
		return r < 0 ? error_set(err, r, "guest of user %u", (unsigned)uid) : 0;
	r = start_launcher(manager, uid, deadline, err);
	if (r < 0)
		(void)unlinkat(guest_fd, next ? GUEST_NEXT : GUEST_ORDERED, 0);
	return r;
}
