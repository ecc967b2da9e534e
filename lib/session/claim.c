// SPDX-License-Identifier: MIT
/*
 * claim.c - a claim is a lock on one byte of the user's lock file (fcntl_locking(2), open file
 * description locks): the lowest that is free. The kernel gives it back whatever becomes of the
 * holder, and flock(2) on the same file is another lock.
 */
#include "session/claim.h"
#include "base/cleanup.h"
#include "base/fd.h"

#include <fcntl.h>
#include <time.h>

static struct flock byte_range(short type, uint64_t first, uint64_t count)
{
	return (struct flock){.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = (off_t)first,
		.l_len = (off_t)count};
}

int claim_room(const struct inventory_counts *counts, uint64_t pending, uint64_t max_sessions,
	bool rescue, struct carrel_error *err)
{
	uint64_t open = counts->logins - counts->rescues;
	uint64_t room = max_sessions > open ? max_sessions - open : 0;

	if (pending <= room)
		return 0;
	if (rescue && counts->rescues == 0 && pending == room + 1)
		return 1;
	error_set(err, -EUSERS, "session.max_sessions");
	if (rescue && counts->rescues > 0)
		return error_why(err,
			"%zu sessions are open, %llu are allowed, and your one rescue session is "
			"open: run carrel kill --self in it",
			counts->logins - counts->rescues, (unsigned long long)max_sessions);
	return error_why(err, "%zu sessions are open, %llu are allowed%s",
		counts->logins - counts->rescues, (unsigned long long)max_sessions,
		rescue ? ", and a login that is under way may end them: run carrel kill --self in "
			 "it"
		       : "");
}

/* Locks the lowest byte below @count that is free. Returns its index, or -errno. */
static int64_t lock_lowest(int fd, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		struct flock lock = byte_range(F_WRLCK, i, 1);

		if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
			return (int64_t)i;
		if (errno != EAGAIN && errno != EACCES)
			return -errno;
	}
	return -EUSERS;
}

/* Counts the bytes below @count that others hold. It asks for each byte, as the kernel tells just
 * one of several locks. */
static uint64_t held_below(int fd, uint64_t count)
{
	uint64_t held = 0;

	for (uint64_t i = 0; i < count; i++) {
		struct flock lock = byte_range(F_WRLCK, i, 1);

		held += fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
	}
	return held;
}

/* Counts the records without a look into them, and so counts those of the dead and of sandboxes,
 * too. */
static uint64_t count_names(int user_fd)
{
	cleanup_closedir DIR *dir = NULL;
	struct dirent *entry;
	uint64_t count = 0;

	if (fd_open_dir(user_fd, &dir) < 0)
		return UINT32_MAX;
	while ((entry = readdir(dir)))
		count += record_is_id(entry->d_name);
	return count;
}

/*
 * Looks whether there is room for one more session. Claims are counted before sessions, so that one
 * that becomes a session meanwhile is counted twice and never left out. A moment later it is
 * counted once.
 */
static int look_for_room(int user_fd, int fd, uid_t uid, uint64_t own, uint64_t max_sessions,
	bool rescue, struct carrel_error *err)
{
	enum { LOOKS = 3 };
	static const struct timespec moment = {.tv_nsec = 20000000};
	int r = 0;

	for (int i = 0; i < LOOKS; i++) {
		struct inventory_counts counts = {0};
		uint64_t pending;

		if (i > 0)
			nanosleep(&moment, NULL);
		pending = held_below(fd, own) + 1;
		/* Usually there is room even if all records count. */
		if (count_names(user_fd) + pending <= max_sessions)
			return 0;
		r = inventory_count(uid, &counts, err);
		if (r == 0)
			r = claim_room(&counts, pending, max_sessions, rescue, err);
		if (r != -EUSERS || pending == 1)
			break;
	}
	return r < 0 ? r : 0;
}

int claim_take(uid_t uid, uint64_t max_sessions, bool rescue, int *ret_fd, struct carrel_error *err)
{
	cleanup_close int state = -EBADF;
	cleanup_close int user = -EBADF;
	cleanup_close int fd = -EBADF;
	int64_t own;
	int r = state_open(&state, err);

	if (r == 0)
		r = state_open_user(state, uid, &user, err);
	if (r < 0)
		return r;
	fd = fd_open_beneath(user, "lock", O_RDWR | O_CREAT, 0600);
	if (fd < 0)
		return error_set(err, fd, "lock of the user");
	own = lock_lowest(fd, max_sessions + 1);
	/* There are as many logins on their way as there may ever be. */
	if (own == -EUSERS)
		own = (int64_t)max_sessions + 1;
	if (own < 0)
		return error_set(err, (int)own, "lock of the user");
	r = look_for_room(user, fd, uid, (uint64_t)own, max_sessions, rescue, err);
	if (r == 0)
		*ret_fd = fd_take(&fd);
	return r;
}

void claim_release(int *fd)
{
	struct flock all = byte_range(F_UNLCK, 0, 0);

	if (*fd >= 0)
		(void)fcntl(*fd, F_OFD_SETLK, &all);
	fd_closep(fd);
}
