// SPDX-License-Identifier: MIT
#include "place.h"
#include "base/cleanup.h"
#include "session/inventory.h"
#include "session/record.h"

#include <stdio.h>
#include <string.h>

/* Locks the user as a login does, so that two never change their cgroups at a time. Removes what a
 * crash left: the node of the last guest would stand in the way. */
static int lock_user(uid_t uid, deadline_t deadline, int *ret_lock, struct carrel_error *err)
{
	cleanup_close int state = -EBADF;
	cleanup_close int user = -EBADF;
	int r = state_open(&state, err);

	if (r == 0)
		r = state_open_user(state, uid, &user, err);
	if (r == 0)
		r = state_lock_user(user, deadline, ret_lock, err);
	return r < 0 ? r : inventory_sweep_locked(user, uid, err);
}

/* Returns whether this process is in the unit of its guest, where it is to stay: systemd finds a
 * unit by its cgroup. */
static bool in_own_unit(uid_t uid)
{
	char now[256], own[128];

	snprintf(own, sizeof(own), "/user.slice/user-%u.slice/carrel-guest@%u.service",
		(unsigned)uid, (unsigned)uid);
	return cgroup_of(0, now, sizeof(now)) == 0 && strcmp(now, own) == 0;
}

int guest_place_leave_login(uid_t uid)
{
	return in_own_unit(uid) ? 0 : cgroup_leave();
}

int guest_place_enter(const struct guest_settings *settings, deadline_t deadline,
	struct guest_place *ret_place, struct carrel_error *err)
{
	uid_t uid = settings->account.login.uid;
	cleanup_close int lock = -EBADF;
	char id[32];
	struct cgroup_request request = {.uid = uid,
		.session_id = id,
		.limits = &settings->limits,
		.deadline = deadline,
		.err = err};
	int r = lock_user(uid, deadline, &lock, err);

	if (r == 0)
		r = cgroup_manager_open(settings->manager, deadline, &ret_place->manager, err);
	if (r < 0)
		return r;
	/* It must not stay in the cgroup of a login that starts it: it would end with that. */
	if (!ret_place->manager->ops->start || !in_own_unit(uid))
		r = cgroup_leave();
	if (r < 0) {
		guest_place_leave(ret_place);
		return error_set(err, r, "own cgroup");
	}
	snprintf(id, sizeof(id), "%u-guest", (unsigned)uid);
	r = ret_place->manager->ops->attach(ret_place->manager, &request, &ret_place->place);
	if (r == 0 && settings->quotas)
		r = ret_place->manager->ops->apply(ret_place->manager, &request);
	if (r < 0)
		guest_place_leave(ret_place);
	return r;
}

void guest_place_leave(struct guest_place *place)
{
	if (place->manager && place->place.moved)
		(void)place->manager->ops->detach(place->manager, &place->place, NULL);
	cgroup_manager_free(place->manager);
	*place = (struct guest_place){0};
}
