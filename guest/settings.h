/* SPDX-License-Identifier: MIT */
/*
 * settings.h - what a user's guest is to be: who, by which policy and template, within what.
 */
#ifndef CARREL_GUEST_SETTINGS_H
#define CARREL_GUEST_SETTINGS_H

#include "cgroup/cgroup.h"
#include "policy/account.h"
#include "policy/template.h"

struct guest_settings {
	struct account account;
	struct host_config config;
	struct guest_template template;
	struct cgroup_limits limits; /* of the user; what no policy limits is not set */
	enum cgroup_manager_kind manager;
	bool quotas; /* the policy confines the user: the limits are to be set */
};

/*
 * Reads the rest of it for settings->account; free with guest_settings_free(), also after a
 * failure. Only what belongs to the user as a whole is read of the policies, so that no service has
 * a part in it. Returns 0, or -errno and @err, with *ret_exit what to exit with (enum
 * command_exit).
 */
int guest_settings_load(struct guest_settings *settings, int *ret_exit, struct carrel_error *err);

/* Whether the policies leave the user of settings->account a guest at all: 1; 0 with what stands
 * against it in @err; -errno where they cannot be read. guest_settings_free() as above. */
int guest_settings_entitled(struct guest_settings *settings, struct carrel_error *err);

void guest_settings_free(struct guest_settings *settings);

#endif
