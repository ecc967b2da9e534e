/* SPDX-License-Identifier: MIT */
/*
 * remembered.h - which limits of a user carrel has set, each with the value that held before, so
 * that a key that leaves the policy is given back (systemd's own TasksMax=33% of user slices, say).
 *
 * Each user has a file for it below /run, as systemd has its runtime drop-ins: both are gone after
 * a reboot. It is written before a limit is changed, so that a crash in between forgets nothing.
 * lib/session makes the folder, and looks there for the users whom carrel limits.
 */
#ifndef CARREL_CGROUP_APPLY_REMEMBERED_H
#define CARREL_CGROUP_APPLY_REMEMBERED_H

#include "base/error.h"
#include "cgroup/setting.h"

#define REMEMBERED_DIR "/run/carrel/users"

enum { REMEMBERED_NAME_MAX = 32 };

struct cgroup_remembered {
	struct cgroup_setting *item; /* owned */
	size_t count;
	bool changed; /* differs from the file */
};

/* Writes the name of the file of @uid in REMEMBERED_DIR, "1001.limits", to @buf, which it returns.
 */
const char *remembered_name(uid_t uid, char buf[static REMEMBERED_NAME_MAX]);

/* Returns the uid whose file is called @name, or -1 where that is no such name. */
int64_t remembered_uid(const char *name);

/* Tells whether carrel has set a limit of @uid. Returns 1, 0, or -errno with @err set. */
int remembered_exists(uid_t uid, struct carrel_error *err);

/* Reads the file of @uid; none is an empty list, and a line that makes no sense is left out. The
 * caller holds the user's lock, and frees the list with remembered_free(). Returns 0, or -errno
 * with
 * @err set. */
int remembered_load(uid_t uid, struct cgroup_remembered *ret_remembered, struct carrel_error *err);

/* Writes the file of @uid if anything changed, or removes it where nothing is left. The caller
 * holds the user's lock. Returns 0, or -errno with @err set. */
int remembered_save(uid_t uid, struct cgroup_remembered *remembered, struct carrel_error *err);

/* Returns the item of that limit (and device), or NULL. It belongs to the list. */
struct cgroup_setting *remembered_find(
	const struct cgroup_remembered *remembered, const struct cgroup_setting *setting);

/* Adds what held before, unless that limit is known already. Returns 0 or -ENOMEM. */
int remembered_add(struct cgroup_remembered *remembered, const struct cgroup_setting *before);

/* Removes the item of that limit (and device), if there is one. */
void remembered_drop(struct cgroup_remembered *remembered, const struct cgroup_setting *setting);

/* Frees what the list owns, and empties it. */
void remembered_free(struct cgroup_remembered *remembered);

#endif
