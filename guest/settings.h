/* SPDX-License-Identifier: MIT */
/*
 * settings.h - what a user's guest is to be: whose, by which policy and template, and within which
 * limits.
 */
#ifndef CARREL_GUEST_SETTINGS_H
#define CARREL_GUEST_SETTINGS_H

#include "cgroup/cgroup.h"
#include "policy/account.h"
#include "policy/template.h"

/* Holds all that the host's files say about the guest of one user. */
struct guest_settings {
	struct account account;
	struct host_config config;
	struct guest_template template;
	struct cgroup_limits limits; /* of the user; those that no policy sets are not set */
	enum cgroup_manager_kind manager;
	bool quotas; /* the policy confines the user: the limits are to be set */
};

/* Loads all the rest of @settings for settings->account, which the caller has filled in. Only what
 * belongs to the user as a whole is read from the policies, so that no PAM service has a part in
 * it. Returns 0, or -errno with @err and with *ret_exit what to exit with (enum command_exit). The
 * caller frees @settings by guest_settings_free(), also after a failure. */
int guest_settings_load(struct guest_settings *settings, int *ret_exit, struct carrel_error *err);

/* Returns 1 where the policies leave the user of settings->account a guest; 0 with the reason in
 * @err where they do not; -errno where they cannot be read. The caller frees @settings by
 * guest_settings_free(), also after a failure. */
int guest_settings_entitled(struct guest_settings *settings, struct carrel_error *err);

/* Frees what @settings refers to, settings->account included. */
void guest_settings_free(struct guest_settings *settings);

#endif
