// SPDX-License-Identifier: MIT
#include "session/hold.h"
#include "base/cleanup.h"
#include "cgroup/rescue.h"
#include "session/record.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Sets the limits under the user's lock, as for a session. Where the user's node is used up, the
 * caller moves to the rescue node: sshd could not even start the process that tells the user
 * why. */
static int set_limits(
	struct cgroup_manager *manager, struct cgroup_request *request, struct cgroup_place *place)
{
	cleanup_close int state = -EBADF;
	cleanup_close int user = -EBADF;
	cleanup_close int lock = -EBADF;
	int r = state_open(&state, request->err);

	if (r == 0)
		r = state_open_user(state, request->uid, &user, request->err);
	if (r == 0)
		r = state_lock_user(user, request->deadline, &lock, request->err);
	if (r == 0)
		r = manager->ops->apply(manager, request);
	if (r == 0 && cgroup_used_up(manager, place->user))
		r = cgroup_rescue(manager, request, place);
	return r;
}

int session_hold(uid_t uid, const struct cgroup_limits *limits, enum cgroup_manager_kind kind,
	deadline_t deadline, struct session_hold *ret_hold, struct carrel_error *err)
{
	struct session_hold hold = {.manager = kind};
	struct cgroup_manager *manager = NULL;
	uid_t owner;
	char id[48];
	struct cgroup_request request = {
		.uid = uid, .session_id = id, .limits = limits, .deadline = deadline, .err = err};
	int r;

	if (cgroup_user_of(0, &owner) == 0 && owner == uid) {
		*ret_hold = hold;
		return 0;
	}
	/* This happens without the lock, which the login that made this one fail may hold. The id
	 * is nobody else's: no session has such an id, and this process has one hold at a time. */
	snprintf(id, sizeof(id), "%u-refused-%d", (unsigned)uid, (int)getpid());
	r = cgroup_manager_open(kind, deadline, &manager, err);
	if (r == 0)
		r = manager->ops->attach(manager, &request, &hold.place);
	if (r == 0 && limits)
		(void)set_limits(manager, &request, &hold.place);
	cgroup_manager_free(manager);
	if (r == 0)
		*ret_hold = hold;
	return r;
}

/* Removes the node of a hold. sshd's monitor lets go of it while the user's child, which was told
 * nothing to wait for, is still ending. */
static void remove_held_node(struct cgroup_manager *manager, const char *path)
{
	enum { PATIENCE_USEC = 1000000 };
	static const struct timespec nap = {.tv_nsec = 2000000};
	deadline_t deadline = deadline_in(PATIENCE_USEC);

	while (cgroup_remove(manager, path) == -EBUSY && deadline_left_usec(deadline) > 0)
		nanosleep(&nap, NULL);
}

void session_hold_end(const struct session_hold *hold)
{
	struct cgroup_manager *manager = NULL;

	if (!hold->place.moved ||
		cgroup_manager_open(hold->manager, DEADLINE_NEVER, &manager, NULL) < 0)
		return;
	(void)manager->ops->detach(manager, &hold->place, NULL);
	if (hold->place.made)
		remove_held_node(manager, hold->place.session);
	cgroup_manager_free(manager);
}
