// SPDX-License-Identifier: MIT
/*
 * sweep.c - removes what a crash left. Every removal is made under the user's lock and after
 * looking again, so that a login that is just being opened loses nothing.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/apply/remembered.h"
#include "session/inventory.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct session_sweep {
	bool dry;
	void (*report)(void *data, const char *line);
	void *data;
	struct cgroup_manager *manager;
	int removed;
};

static void tell_removed(struct session_sweep *sweep, const char *what, const char *object)
{
	char line[512];

	sweep->removed++;
	if (!sweep->report)
		return;
	snprintf(line, sizeof(line), "%s %s", what, object);
	sweep->report(sweep->data, line);
}

static int remove_cgroup(const struct session_sweep *sweep, const char *path)
{
	if (!sweep->dry)
		return cgroup_remove(sweep->manager, path);
	return cgroup_populated(sweep->manager, path) ? -EBUSY : 0;
}

/* Removes a dead session. Its cgroup goes first, because only the record tells of it. */
static void sweep_session(
	struct session_sweep *sweep, int user_fd, const struct session_record *record)
{
	if (record->place.made && sweep->manager) {
		if (remove_cgroup(sweep, record->place.session) == -EBUSY)
			return; /* something of the session still runs: it is not dead yet */
		tell_removed(sweep, "cgroup", record->place.session);
	}
	if (!sweep->dry && record_remove(user_fd, record->id) < 0)
		return;
	tell_removed(sweep, "record", record->id);
}

/* Removes cgroups without a record, which are left where opening or ending was cut short in
 * between. A cgroup that is not empty is somebody's. */
static void sweep_cgroups(struct session_sweep *sweep, uid_t uid, const struct inventory *inventory)
{
	char **paths = NULL;

	if (!sweep->manager || cgroup_list_sessions(sweep->manager, uid, &paths) < 0)
		return;
	for (size_t i = 0; paths && paths[i]; i++) {
		bool known = false;

		for (size_t j = 0; j < inventory->count && !known; j++)
			known = strcmp(inventory->session[j].record.place.session, paths[i]) == 0;
		if (!known && remove_cgroup(sweep, paths[i]) == 0)
			tell_removed(sweep, "cgroup", paths[i]);
		free(paths[i]);
	}
	free(paths);
}

static void remove_temporary(struct session_sweep *sweep, int dirfd, const char *name)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return;
	if (sweep->dry || unlinkat(dirfd, name, 0) == 0)
		tell_removed(sweep, "temporary file", name);
}

/* Returns true where the user's node has a session's below it, with which it goes or stays. */
static bool has_sessions(const struct session_sweep *sweep, uid_t uid)
{
	char **paths = NULL;
	bool any = cgroup_list_sessions(sweep->manager, uid, &paths) < 0 || (paths && paths[0]);

	for (size_t i = 0; paths && paths[i]; i++)
		free(paths[i]);
	free(paths);
	return any;
}

/* Removes the user's node, which goes with the last session. A crash in between leaves it, perhaps
 * in a cgroup v1 hierarchy alone. A node that is not empty stays. */
static void sweep_user_node(
	struct session_sweep *sweep, uid_t uid, const struct inventory *inventory)
{
	char path[64], left[64];

	for (size_t i = 0; i < inventory->count; i++)
		if (inventory->session[i].alive)
			return;
	if (!sweep->manager || !cgroup_user_left(sweep->manager, uid, path, sizeof(path)))
		return;
	if (sweep->dry && (has_sessions(sweep, uid) || cgroup_populated(sweep->manager, path)))
		return;
	if (!sweep->dry && (cgroup_remove(sweep->manager, path) < 0 ||
				   cgroup_user_left(sweep->manager, uid, left, sizeof(left))))
		return;
	tell_removed(sweep, "cgroup", path);
}

/* Removes the temporary files of fd_replace_file(), whose names begin with '.'. Under the lock
 * nobody is writing one. What the cgroup manager remembers of the user lies beside the user's
 * folder. */
static void sweep_temporary(struct session_sweep *sweep, int user_fd, uid_t uid)
{
	cleanup_closedir DIR *dir = NULL;
	char limits[REMEMBERED_NAME_MAX], beside[64];
	struct dirent *entry;

	snprintf(beside, sizeof(beside), "../" FD_TEMPORARY, remembered_name(uid, limits));
	remove_temporary(sweep, user_fd, beside);
	if (fd_open_dir(user_fd, &dir) < 0)
		return;
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] == '.')
			remove_temporary(sweep, user_fd, entry->d_name);
}

/* Removes sockets without a record, which a session-init left that was killed before there was
 * one. */
static void sweep_sockets(
	struct session_sweep *sweep, int user_fd, uid_t uid, const struct inventory *inventory)
{
	cleanup_closedir DIR *dir = opendir(CONTROL_DIR);
	struct dirent *entry;
	char prefix[16];

	snprintf(prefix, sizeof(prefix), "%u-", (unsigned)uid);
	while (dir && (entry = readdir(dir))) {
		bool known = strncmp(entry->d_name, prefix, strlen(prefix)) != 0;

		for (size_t i = 0; i < inventory->count && !known; i++)
			known = strcmp(inventory->session[i].record.id, entry->d_name) == 0;
		if (known)
			continue;
		if (!sweep->dry)
			(void)record_remove(user_fd, entry->d_name);
		tell_removed(sweep, "socket", entry->d_name);
	}
}

/* Removes sockets such as "1001-3.join" whose record went first. */
static void sweep_joins(
	struct session_sweep *sweep, int user_fd, uid_t uid, const struct inventory *inventory)
{
	static const char suffix[] = ".join";
	cleanup_closedir DIR *dir = NULL;
	struct dirent *entry;

	if (fd_open_dir(user_fd, &dir) < 0)
		return;
	while (dir && (entry = readdir(dir))) {
		char *end = strstr(entry->d_name, suffix);
		bool known = false;

		if (!end || strcmp(end, suffix) != 0)
			continue;
		*end = '\0';
		for (size_t i = 0; i < inventory->count && !known; i++)
			known = strcmp(inventory->session[i].record.id, entry->d_name) == 0;
		if (known || !record_is_id(entry->d_name))
			continue;
		if (!sweep->dry)
			join_remove(uid, entry->d_name);
		tell_removed(sweep, "join socket", entry->d_name);
	}
}

/* Removes what the user's dead sessions have left. @user_fd is the user's folder, whose lock the
 * caller holds. */
static int sweep_locked(
	struct session_sweep *sweep, int user_fd, uid_t uid, struct carrel_error *err)
{
	struct inventory inventory = {0};
	int r = inventory_load(uid, &inventory, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < inventory.count; i++)
		if (!inventory.session[i].alive)
			sweep_session(sweep, user_fd, &inventory.session[i].record);
	sweep_cgroups(sweep, uid, &inventory);
	sweep_user_node(sweep, uid, &inventory);
	sweep_sockets(sweep, user_fd, uid, &inventory);
	sweep_joins(sweep, user_fd, uid, &inventory);
	sweep_temporary(sweep, user_fd, uid);
	inventory_free(&inventory);
	return 0;
}

static int sweep_user(struct session_sweep *sweep, uid_t uid, struct carrel_error *err)
{
	enum { PATIENCE_USEC = 5000000 };
	cleanup_close int state = -EBADF;
	cleanup_close int user = -EBADF;
	cleanup_close int lock = -EBADF;
	int r = state_open(&state, err);

	if (r == 0)
		r = state_open_user(state, uid, &user, err);
	if (r == 0)
		r = state_lock_user(user, deadline_in(PATIENCE_USEC), &lock, err);
	return r < 0 ? r : sweep_locked(sweep, user, uid, err);
}

static int sweep_all(struct session_sweep *sweep, uid_t uid, struct carrel_error *err)
{
	cleanup_close int users = fd_open_nolinks(STATE_DIR "/users", O_RDONLY | O_DIRECTORY);
	cleanup_closedir DIR *dir = NULL;
	struct dirent *entry;
	int first = 0;
	int r = users < 0 ? users : fd_open_dir(users, &dir);

	if (r < 0)
		return r == -ENOENT ? 0 : error_set(err, r, "folder %s/users", STATE_DIR);
	while ((entry = readdir(dir))) {
		uid_t found = (uid_t)strtoul(entry->d_name, NULL, 10);

		if (entry->d_type != DT_DIR ||
			entry->d_name[strspn(entry->d_name, "0123456789")] != '\0')
			continue;
		if (uid != (uid_t)-1 && found != uid)
			continue;
		r = sweep_user(sweep, found, first == 0 ? err : NULL);
		first = first < 0 ? first : r;
	}
	return first;
}

/* Opens the cgroupfs manager, as only its cgroups are carrel's to remove. Records are removed even
 * without it. */
static void open_manager(struct session_sweep *sweep)
{
	enum { PATIENCE_USEC = 5000000 };

	if (cgroup_manager_open(
		    CGROUP_MANAGER_CGROUPFS, deadline_in(PATIENCE_USEC), &sweep->manager, NULL) < 0)
		sweep->manager = NULL;
}

int inventory_sweep_locked(int user_fd, uid_t uid, struct carrel_error *err)
{
	struct session_sweep sweep = {0};
	int r;

	open_manager(&sweep);
	r = sweep_locked(&sweep, user_fd, uid, err);
	cgroup_manager_free(sweep.manager);
	return r;
}

int inventory_sweep(uid_t uid, bool dry, void (*report)(void *data, const char *line), void *data,
	struct carrel_error *err)
{
	struct session_sweep sweep = {.dry = dry, .report = report, .data = data};
	int r;

	open_manager(&sweep);
	r = sweep_all(&sweep, uid, err);
	cgroup_manager_free(sweep.manager);
	return r < 0 ? r : sweep.removed;
}
