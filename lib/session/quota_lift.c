// SPDX-License-Identifier: MIT
#include "session/quota_lift.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/apply/remembered.h"
#include "session/inventory.h"
#include "session/record.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Lifts all limits of a user. With @enter the caller is moved below the user's node for that, since
 * systemd keeps no empty one. */
static int lift_all_of(uid_t uid, enum cgroup_manager_kind kind, bool enter, deadline_t deadline,
	struct carrel_error *err)
{
	static const struct cgroup_limits none;
	struct cgroup_request request = {
		.uid = uid, .limits = &none, .deadline = deadline, .err = err};
	struct cgroup_place place;
	struct inventory_counts counts = {0};
	bool attached = false;
	struct cgroup_manager *manager = NULL;
	cleanup_close int state = -EBADF;
	cleanup_close int user = -EBADF;
	cleanup_close int lock = -EBADF;
	char id[24];
	int r = remembered_exists(uid, err);

	if (r <= 0)
		return r;
	r = state_open(&state, err);
	if (r == 0)
		r = state_open_user(state, uid, &user, err);
	if (r == 0)
		r = state_lock_user(user, deadline, &lock, err);
	/* The quotas of sessions that are open still count, whatever another login is allowed. */
	if (r == 0 && !enter)
		r = inventory_count(uid, &counts, err);
	if (r == 0 && counts.logins + counts.sandboxes > 0)
		return 0;
	if (r == 0)
		r = cgroup_manager_open(kind, deadline, &manager, err);
	if (r == 0 && enter) {
		snprintf(id, sizeof(id), "lift-%u", (unsigned)uid);
		request.session_id = id;
		r = manager->ops->attach(manager, &request, &place);
		attached = r == 0;
	}
	if (r == 0)
		r = manager->ops->apply(manager, &request);
	if (attached)
		manager->ops->detach(manager, &place, NULL);
	cgroup_manager_free(manager);
	return r < 0 ? r : 1;
}

/* A login that is not confined takes the user's lock as a confined one does: where nobody may
 * freeze or stop it (cgroup_leave_held()). */
int quotas_lift(
	uid_t uid, enum cgroup_manager_kind kind, deadline_t deadline, struct carrel_error *err)
{
	char left[256] = "";
	struct cgroup_manager *manager = NULL;
	int r;

	if (remembered_exists(uid, NULL) == 0)
		return 0;
	r = cgroup_manager_open(kind, deadline, &manager, err);
	if (r < 0)
		return r;
	r = cgroup_leave_held(manager, uid, left, sizeof(left));
	r = r < 0 ? error_set(err, r, "the caller's cgroup")
		  : lift_all_of(uid, kind, false, deadline, err);
	if (left[0])
		(void)cgroup_return(manager, left);
	cgroup_manager_free(manager);
	return r == -ENOENT ? 0 : r;
}

/* Lifts the limits in a child, for which it does not matter if it cannot be moved back. */
static int lift_apart(
	uid_t uid, enum cgroup_manager_kind kind, uint64_t usec, struct carrel_error *err)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(lift_all_of(uid, kind, true, deadline_in(usec), NULL) < 0 ? EXIT_FAILURE
										: EXIT_SUCCESS);
	if (pid < 0)
		return error_set(err, -errno, "fork");
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status == 0 ? 1
			   : error_set(err, -EIO, "lifting the quotas of user %u", (unsigned)uid);
}

int quotas_lift_all(enum cgroup_manager_kind kind, uint64_t usec, struct carrel_error *err)
{
	int users = fd_open_nolinks(REMEMBERED_DIR, O_RDONLY | O_DIRECTORY);
	cleanup_closedir DIR *dir = NULL;
	struct dirent *entry;
	int lifted = 0, first = 0;

	if (users < 0)
		return users == -ENOENT ? 0 : error_set(err, users, REMEMBERED_DIR);
	dir = fdopendir(users);
	if (!dir) {
		close(users);
		return error_set(err, -ENOMEM, REMEMBERED_DIR);
	}
	while ((entry = readdir(dir))) {
		int64_t uid = remembered_uid(entry->d_name);
		int r = uid < 0 ? 0 : lift_apart((uid_t)uid, kind, usec, first ? NULL : err);

		if (r < 0 && !first)
			first = r;
		lifted += r > 0;
	}
	return first ? first : lifted;
}
