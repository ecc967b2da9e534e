// SPDX-License-Identifier: MIT
/*
 * sweep.c - what carrel gc does about guests: removes what those left that ended without
 * their supervisor: files, and a QEMU that has not ended with it.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "guest/folder.h"
#include "verbs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* All starts wait for the lock. A QEMU that takes longer to end is gone at the next sweep. */
enum { LOCK_USEC = 30000000, DYING_USEC = 1000000 };

struct crash_sweep {
	bool dry;
	void (*report)(void *data, const char *line);
	void *data;
	uid_t uid;
	int removed;
};

static void report_file(void *data, const char *name)
{
	struct crash_sweep *sweep = data;
	char line[320];

	snprintf(line, sizeof(line), "guest's file %u/%s", (unsigned)sweep->uid, name);
	sweep->report(sweep->data, line);
	sweep->removed++;
}

/* Why a guest failed is kept for who asks. */
static bool is_crash(int run_fd)
{
	struct guest_record record;

	return guest_record_read(run_fd, &record) < 0 || strcmp(record.state, "failed") != 0;
}

/* 0, or -errno where it does not end. */
static int sweep_qemu(struct crash_sweep *sweep, int run_fd)
{
	struct proc_id qemu;
	cleanup_close int fd = guest_find_last(run_fd, &qemu);
	char line[96];
	int r;

	if (fd < 0)
		return fd == -ESRCH ? 0 : fd;
	r = sweep->dry ? 0 : guest_end_last(run_fd, deadline_in(DYING_USEC));
	snprintf(line, sizeof(line), "QEMU of uid %u's guest, whose supervisor has died, pid %d%s",
		(unsigned)sweep->uid, (int)qemu.pid, r < 0 ? ": it does not end" : "");
	sweep->report(sweep->data, line);
	sweep->removed += r == 0;
	return r;
}

static int sweep_run(void *data, uid_t uid)
{
	struct crash_sweep *sweep = data;
	cleanup_close int run = guest_folder_open(GUEST_RUN_DIR, uid, false, NULL);

	sweep->uid = uid;
	if (run < 0 || guest_lives(run) != 0)
		return 0;
	/* The files of one that does not end stay. */
	if (sweep_qemu(sweep, run) < 0 || !is_crash(run))
		return 0;
	return guest_folder_clear(run, sweep->dry, report_file, sweep);
}

/* A disk that was being made. */
static int sweep_disk(struct crash_sweep *sweep, int state_fd)
{
	if (fd_look(state_fd, GUEST_NEW_DISK) < 0)
		return 0;
	report_file(sweep, GUEST_NEW_DISK);
	return sweep->dry || unlinkat(state_fd, GUEST_NEW_DISK, 0) == 0 ? 0 : -errno;
}

/* An earlier version did not write down whose a disk is: the sooner that is done, the less may the
 * uid have become another's. */
static void adopt_disk(const struct crash_sweep *sweep, int state_fd)
{
	struct account account = {0};
	struct guest_origin origin;

	if (sweep->dry || guest_origin_read(state_fd, &origin) < 0 || origin.user[0] ||
		account_find_uid(sweep->uid, &account, NULL) < 0)
		return;
	snprintf(origin.user, sizeof(origin.user), "%s", account.name);
	(void)guest_origin_write(state_fd, sweep->uid, &origin);
	account_free(&account);
}

static int sweep_state(void *data, uid_t uid)
{
	struct crash_sweep *sweep = data;
	cleanup_close int state = guest_folder_open(GUEST_STATE_DIR, uid, true, NULL);
	cleanup_close int run = guest_folder_open(GUEST_RUN_DIR, uid, false, NULL);

	sweep->uid = uid;
	if (state < 0 || (run >= 0 && guest_lives(run) != 0))
		return 0;
	adopt_disk(sweep, state);
	return sweep_disk(sweep, state);
}

int guest_sweep(bool dry, void (*report)(void *data, const char *line), void *data,
	int *ret_stopped, struct carrel_error *err)
{
	struct crash_sweep sweep = {.dry = dry, .report = report, .data = data};
	cleanup_close int lock = -EBADF;
	int r;

	*ret_stopped = 0;
	if (access(GUEST_RUN_DIR, F_OK) < 0 && access(GUEST_STATE_DIR, F_OK) < 0)
		return 0;
	lock = guest_lock_all(deadline_in(LOCK_USEC), err);
	if (lock < 0)
		return lock;
	r = guest_folders(GUEST_RUN_DIR, sweep_run, &sweep);
	if (r == 0)
		r = guest_folders(GUEST_STATE_DIR, sweep_state, &sweep);
	if (r < 0)
		return error_set(err, r, "folder %s", GUEST_RUN_DIR);
	fd_closep(&lock);
	/* A name service, which may take its time, is asked without the lock. */
	r = guest_sweep_unentitled(dry, report, data, err);
	if (r < 0)
		return r;
	*ret_stopped = r;
	return sweep.removed;
}
