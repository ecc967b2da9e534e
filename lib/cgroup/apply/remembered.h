/* SPDX-License-Identifier: MIT */
/*
 * remembered.h - which limits of a user carrel has set, each with the value that held before, so
 * that a key that leaves the policy is given back (systemd's own TasksMax=33% of user slices, say).
 *
 * A file a user below /run, like systemd's runtime drop-ins: both are gone after a reboot. Written
 * before a limit is changed, so that a crash in between forgets nothing. The caller holds the
 * user's lock. Internal to lib/cgroup.
 */
#ifndef CARREL_CGROUP_APPLY_REMEMBERED_H
#define CARREL_CGROUP_APPLY_REMEMBERED_H

#include "cgroup/setting.h"

#define CGROUP_STATE_DIR "/run/carrel/users"

struct cgroup_remembered {
	struct cgroup_setting *item; /* owned */
	size_t count;
	bool changed; /* differs from the file */
};

/* Reads the file of @uid; none is an empty list, and a line that makes no sense is left out.
 * Free with remembered_free(). Returns 0 or -errno. */
int remembered_load(uid_t uid, struct cgroup_remembered *ret_remembered);

/* Writes the file if anything changed, or removes it where nothing is left. Returns 0 or -errno. */
int remembered_save(uid_t uid, struct cgroup_remembered *remembered);

/* The item of that limit (and device), or NULL. */
struct cgroup_setting *remembered_find(
	const struct cgroup_remembered *remembered, const struct cgroup_setting *setting);

/* Adds what held before, unless that limit is known already. Returns 0 or -ENOMEM. */
int remembered_add(struct cgroup_remembered *remembered, const struct cgroup_setting *before);

void remembered_drop(struct cgroup_remembered *remembered, const struct cgroup_setting *setting);
void remembered_free(struct cgroup_remembered *remembered);

#endif
