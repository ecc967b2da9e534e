// SPDX-License-Identifier: MIT
#include "session/keeper.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/tree/node.h"
#include "config.h"
#include "session/orphan.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>

enum { PATIENCE_USEC = 1000000 }; /* for a systemd that does not answer */

/* Returns 1 if the user has a keeper, which holds the lock as long as it lives; 0; or -errno. */
static int keeper_is_there(int user_fd)
{
	cleanup_close int fd = fd_open_beneath(user_fd, "keeper", O_RDWR | O_CREAT, 0600);

	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return errno == EWOULDBLOCK ? 1 : -errno;
}

/*
 * Starts a keeper and moves it out of the login's cgroup. It leaves by itself as well, but perhaps
 * not before the session is over: then the login's cgroup would not be empty, and nobody would
 * remove it.
 */
static int start_keeper(const struct cgroup_manager *manager, uid_t uid, deadline_t deadline,
	struct carrel_error *err)
{
	char number[16];
	struct orphan_program program = {
		.path = KEEPER, .argument = "--leave", .second = number, .socket = -EBADF};
	cleanup_close int pidfd = -EBADF;
	struct orphan orphan;
	int r;

	snprintf(number, sizeof(number), "%u", (unsigned)uid);
	r = orphan_start(&program, deadline, &orphan, err);
	if (r < 0)
		return r;
	pidfd = orphan.pidfd;
	(void)node_move_process(manager, "/", orphan.pid, pidfd);
	return 0;
}

int keeper_ensure(struct cgroup_manager *manager, const struct cgroup_place *place, uid_t uid,
	int user_fd, deadline_t deadline, struct carrel_error *err)
{
	char unit[64];
	int r;

	if (!cgroup_has_events(manager, place->user))
		return 0;
	r = keeper_is_there(user_fd);
	if (r != 0)
		return r < 0 ? error_set(err, r, "keeper of user %u", (unsigned)uid) : 0;
	if (!manager->ops->start)
		return start_keeper(manager, uid, deadline, err);
	/* The login needs the rest of its time for other things. */
	if (deadline_left_usec(deadline) > PATIENCE_USEC)
		deadline = deadline_in(PATIENCE_USEC);
	snprintf(unit, sizeof(unit), "carrel-keeper@%u.service", (unsigned)uid);
	return manager->ops->start(manager, unit, deadline, err);
}
