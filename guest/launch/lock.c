// SPDX-License-Identifier: MIT
/*
 * lock.c - whoever starts a guest has its lock, and waits for the one before, which may be
 * stopping.
 */
#include "base/cleanup.h"
#include "base/exit.h"
#include "base/fd.h"
#include "guest/folder.h"
#include "guest/supervisor/notify.h"
#include "launch.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	USEC = 1000000,
	/* Others hold guest_lock_all() for milliseconds. */
	PATIENCE_USEC = 30 * USEC,
	/* A supervisor whose guest has ended holds the guest's lock while it tidies up. */
	DYING_USEC = 10 * USEC,
	/* A guest that is stopping has as long as supervisor.c gives it (GRACE_TCG). */
	STOPPING_USEC = 150 * USEC,
	/* A QEMU that is killed gives its memory back first. */
	LAST_USEC = 10 * USEC,
	NAP_NSEC = 20000000,
	PRIVATE_MODE = 0600,
};

/* Returns whether a lock that is taken without a living guest will be free in a moment: its
 * supervisor is tidying up, QEMU is dying with it, or somebody has looked whether the guest
 * lives. */
static bool may_be_free_soon(int run_fd)
{
	struct guest_record record;

	return guest_record_read(run_fd, &record) < 0 || strcmp(record.state, "failed") == 0 ||
	       !proc_alive(&record.supervisor);
}

/* Waits until the supervisor of a guest that is stopping has ended, or there is no time left.
 * Returns 1; 0 where it is not stopping, or has ended already; -EINTR where nothing is to be
 * started any more. */
static int await_stop(const struct launch *launch, deadline_t deadline)
{
	struct guest_record record;
	cleanup_close int fd = -EBADF;
	struct pollfd ready[] = {
		{.fd = -1, .events = POLLIN}, {.fd = launch->guest.signal_fd, .events = POLLIN}};

	if (guest_record_read(launch->run_fd, &record) < 0 ||
		strcmp(record.state, "stopping") != 0 || !proc_alive(&record.supervisor) ||
		deadline_left_usec(deadline) == 0)
		return 0;
	ready[0].fd = fd = proc_open(&record.supervisor);
	/* Nor does it wait in the cgroup of a login, which may be over before. */
	if (fd < 0 || guest_place_leave_login(launch->settings.account.login.uid) < 0)
		return 0;
	notify_starter("STATUS=waiting for the previous guest to stop");
	(void)poll(ready, 2, (int)(deadline_left_usec(deadline) / 1000));
	return ready[1].revents ? -EINTR : 1;
}

/* Takes both locks. Returns 0 or -errno; -EWOULDBLOCK, with neither of them, where there is a
 * guest. */
static int take_locks(struct launch *launch, struct carrel_error *err)
{
	int r;

	launch->deadline = deadline_in(PATIENCE_USEC);
	launch->all_lock = guest_lock_all(launch->deadline, err);
	if (launch->all_lock < 0)
		return launch->all_lock;
	r = guest_lock(launch->run_fd);
	if (r >= 0) {
		launch->lock = r;
		return 0;
	}
	/* Others may start theirs meanwhile. */
	fd_closep(&launch->all_lock);
	if (r != -EWOULDBLOCK)
		error_set(err, r, "lock of user %s's guest", launch->settings.account.name);
	return r;
}

/* Ends the QEMU of the guest before, if it has outlived its supervisor. One that does not end keeps
 * its own user waiting alone: others start their guests meanwhile. */
static int end_last_qemu(struct launch *launch, struct carrel_error *err)
{
	cleanup_close int last = guest_find_last(launch->run_fd, NULL);
	int r;

	if (last == -ESRCH)
		return 0;
	fd_closep(&launch->all_lock);
	r = guest_end_last(launch->run_fd, deadline_in(LAST_USEC));
	if (r < 0) {
		error_set(err, r, "QEMU of user %s's last guest", launch->settings.account.name);
		return error_why(err, "it has been killed, but does not end; its disk may hang");
	}
	launch->all_lock = guest_lock_all(launch->deadline, err);
	return launch->all_lock < 0 ? launch->all_lock : 0;
}

int launch_take_lock(void *context, struct carrel_error *err)
{
	static const struct timespec nap = {.tv_nsec = NAP_NSEC};
	struct launch *launch = context;
	deadline_t dying = deadline_in(DYING_USEC), stopping = deadline_in(STOPPING_USEC);
	int r;

	while ((r = take_locks(launch, err)) == -EWOULDBLOCK) {
		r = await_stop(launch, stopping);
		if (r < 0)
			return error_set(err, r, "guest of user %s", launch->settings.account.name);
		if (r == 1) {
			dying = deadline_in(DYING_USEC);
			continue;
		}
		r = -EWOULDBLOCK;
		if (!may_be_free_soon(launch->run_fd) || deadline_left_usec(dying) == 0)
			break;
		nanosleep(&nap, NULL);
	}
	if (r == -EWOULDBLOCK) {
		error_set(err, r, "guest of user %s", launch->settings.account.name);
		error_why(err, "it runs already, or is just being started");
		return launch_refuse(launch, r);
	}
	return r;
}

void launch_release_lock(void *context)
{
	struct launch *launch = context;
	struct guest *guest = &launch->guest;

	guest->next = faccessat(launch->run_fd, GUEST_NEXT, F_OK, 0) == 0;
	(void)guest_folder_clear(launch->run_fd, false, NULL, NULL);
	if (guest->next)
		(void)fd_replace_file(launch->run_fd, GUEST_ORDERED, "", PRIVATE_MODE);
	/* The reason is kept for the next one who asks. */
	if (launch->exit_code != COMMAND_DONE)
		(void)guest_record_write(launch->run_fd, &guest->record);
	fd_closep(&launch->lock);
	fd_closep(&launch->all_lock);
}

int launch_end_last(void *context, struct carrel_error *err)
{
	struct launch *launch = context;
	int r = end_last_qemu(launch, err);

	if (r < 0)
		return r;
	r = guest_folder_clear(launch->run_fd, false, NULL, NULL);
	if (r == 0)
		r = fd_replace_file(
			launch->run_fd, GUEST_OWNER, launch->guest.record.owner, PRIVATE_MODE);
	return r < 0 ? error_set(err, r, "folder of user %s's guest", launch->settings.account.name)
		     : 0;
}
