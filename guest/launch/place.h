/* SPDX-License-Identifier: MIT */
/*
 * place.h - puts a guest into a cgroup below its user's node, so that all the user's quotas hold
 * for it.
 */
#ifndef CARREL_GUEST_LAUNCH_PLACE_H
#define CARREL_GUEST_LAUNCH_PLACE_H

#include "guest/settings.h"

struct guest_place {
	struct cgroup_manager *manager;
	struct cgroup_place place;
};

/* Moves the calling process into the guest's cgroup, before @deadline and with the user's limits in
 * force; what it forks stays there. Under systemd, guest-launch's own unit is there already.
 * Returns 0 with *ret_place, or -errno with @err. The caller ends it by guest_place_leave(). */
int guest_place_enter(const struct guest_settings *settings, deadline_t deadline,
	struct guest_place *ret_place, struct carrel_error *err);

/* Leaves the cgroup of the login that has started this process, if one has; never leaves the
 * guest's own unit. Returns 0 or -errno. */
int guest_place_leave_login(uid_t uid);

/* Leaves the guest's cgroup, removes what was made for it, and frees @place. Needs no
 * capability. */
void guest_place_leave(struct guest_place *place);

#endif
