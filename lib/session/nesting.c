// SPDX-License-Identifier: MIT
#include "session/nesting.h"
#include "base/fd.h"
#include "base/proc.h"
#include "cgroup/apply/remembered.h"
#include "cgroup/cgroup.h"
#include "config.h"
#include "session/inventory.h"
#include "session/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Tells in *ret_inside whether the caller was born in a carrel. There PID 1 is session-init, and a
 * user cannot put another in its place: a pid namespace of the user's own below it still is the
 * user's carrel.
 */
static int born_inside(bool *ret_inside, struct carrel_error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlink("/proc/1/exe", target, sizeof(target) - 1);

	/* A PID 1 with more rights than ours is not session-init, which has next to none. */
	if (n < 0 && (errno == EACCES || errno == EPERM)) {
		*ret_inside = false;
		return 0;
	}
	if (n < 0)
		return error_set(err, -errno, "/proc/1/exe");
	target[n] = '\0';
	/* After an upgrade the kernel adds " (deleted)". */
	if (strncmp(target, SESSION_INIT, strlen(SESSION_INIT)) != 0) {
		*ret_inside = false;
		return 0;
	}
	/* /proc/self is there for a process that was born inside, and not for one that only opened
	 * a session there. */
	if (fd_look(AT_FDCWD, "/proc/self") < 0) {
		error_set(err, -EBUSY, "session");
		return error_why(err, "this process has another session open");
	}
	*ret_inside = true;
	return 0;
}

/* Returns the caller's namespace of the kind @name, or 0 where it is PID 1's. */
static uint64_t namespace_of_its_own(const char *name)
{
	uint64_t own, first;

	if (proc_namespace(getpid(), name, &own) < 0 || proc_namespace(1, name, &first) < 0)
		return 0;
	return own == first ? 0 : own;
}

/* Tells whether the caller shares the view of some session-init. With pid = host, PID 1 is the
 * host's, so the caller's namespaces have to tell. A host whose sshd has namespaces by its unit has
 * no session-init in them. */
static int in_view_of_session(bool *ret_inside, struct carrel_error *err)
{
	static const char *const kinds[] = {"mnt", "cgroup"};
	struct inventory inventory = {0};

	*ret_inside = false;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]) && !*ret_inside; k++) {
		uint64_t own = namespace_of_its_own(kinds[k]), its;
		int r = own && !inventory.count ? inventory_load((uid_t)-1, &inventory, err) : 0;

		if (r < 0)
			return r;
		for (size_t i = 0; own && i < inventory.count; i++)
			if (inventory.session[i].alive &&
				inventory.session[i].record.init.pid > 0 &&
				proc_namespace(inventory.session[i].record.init.pid, kinds[k],
					&its) == 0 &&
				its == own)
				*ret_inside = true;
	}
	inventory_free(&inventory);
	return 0;
}

/*
 * Tells whether the caller stands in the cgroup of another user whom carrel confines. With mode =
 * host only the quotas tell. They say nothing if the user is the one who logs in: pam_systemd has
 * put every caller there just before.
 */
static int in_quotas_of_another(uid_t uid, bool *ret_inside, struct carrel_error *err)
{
	struct inventory_counts counts = {0};
	uid_t other;
	int r = cgroup_user_of(0, &other);

	*ret_inside = false;
	if (r == -ENOENT || (r == 0 && other == uid))
		return 0;
	if (r < 0)
		return error_set(err, r, "the caller's cgroup");
	r = remembered_exists(other, err);
	if (r != 0) {
		*ret_inside = r > 0;
		return r < 0 ? r : 0;
	}
	r = inventory_count(other, &counts, err);
	*ret_inside = counts.logins + counts.sandboxes > 0;
	return r;
}

/*
 * Refuses a caller that is outside its own session's cgroup. In a session's view the cgroup
 * namespace begins at the session's own cgroup. A path that leads out of it ("/../../user.slice/…",
 * cgroup_namespaces(7)) is where pam_systemd has moved a caller that logind did not know to be in a
 * session. From inside there is no way back.
 */
static int check_place(struct carrel_error *err)
{
	char path[PATH_MAX];
	int r = cgroup_of(0, path, sizeof(path));

	if (r == -ENOENT || (r == 0 && strncmp(path, "/..", strlen("/..")) != 0))
		return 0;
	if (r < 0)
		return error_set(err, r, "the caller's cgroup");
	error_set(err, -EXDEV, "session inside a carrel");
	return error_why(err, "pam_systemd has moved it out of its caller's quotas; take "
			      "pam_systemd out of this service's stack");
}

int session_inside(uid_t uid, bool *ret_inside, struct carrel_error *err)
{
	bool inside = false;
	int r = born_inside(&inside, err);

	if (r == 0 && !inside)
		r = in_view_of_session(&inside, err);
	if (r == 0 && inside)
		r = check_place(err);
	if (r == 0 && !inside)
		r = in_quotas_of_another(uid, &inside, err);
	if (r == 0)
		*ret_inside = inside;
	return r;
}
