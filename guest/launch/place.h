/* SPDX-License-Identifier: MIT */
/*
 * place.h - the cgroup of a guest: below its user's node, so that all the user's quotas hold for
 * it.
 */
#ifndef CARREL_GUEST_LAUNCH_PLACE_H
#define CARREL_GUEST_LAUNCH_PLACE_H

#include "guest/settings.h"

struct guest_place {
	struct cgroup_manager *manager;
	struct cgroup_place place;
};

/* Moves the calling process there, with the user's limits in force: what it forks stays there. With
 * systemd, guest-launch's own unit is there already. 0 or -errno. */
int guest_place_enter(const struct guest_settings *settings, deadline_t deadline,
	struct guest_place *ret_place, struct carrel_error *err);

/* Out of the cgroup of the login that has started this process, if it is one; not out of the
 * guest's own unit. 0 or -errno. */
int guest_place_leave_login(uid_t uid);

/* Back, and removes what was made for it. Needs no capability. */
void guest_place_leave(struct guest_place *place);

#endif
