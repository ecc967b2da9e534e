// SPDX-License-Identifier: MIT
#include "session/head_start.h"
#include "base/cleanup.h"
#include "base/deadline.h"
#include "base/fd.h"
#include "base/machine.h"
#include "config.h"
#include "session/nesting.h"
#include "session/orphan.h"
#include "session/spawn.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool head_start_helps(uid_t uid, enum cgroup_manager_kind kind, const char *place)
{
	bool inside = false;

	/* A caller below a node of carrel's was started by a session, as a job of the user's might
	 * be. */
	if (strncmp(place, CGROUPFS_TOP "/", strlen(CGROUPFS_TOP "/")) == 0)
		return false;
	if (kind == CGROUP_MANAGER_SYSTEMD || machine_runs_systemd())
		return false;
	return session_inside(uid, &inside, NULL) == 0 && !inside;
}

void session_head_start(uid_t uid, enum cgroup_manager_kind kind, deadline_t deadline)
{
	char place[PATH_MAX], path[PATH_MAX];
	struct orphan_program program = {.path = SESSION_INIT, .argument = path, .socket = -EBADF};
	struct orphan orphan = {.pidfd = -EBADF};
	struct cgroup_manager *manager = NULL;
	int n;

	if (cgroup_of(0, place, sizeof(place)) < 0 || !head_start_helps(uid, kind, place))
		return;
	if (cgroup_manager_open(kind, DEADLINE_NEVER, &manager, NULL) < 0)
		return;
	n = snprintf(path, sizeof(path), "%s%s/cgroup.procs", manager->root,
		strcmp(place, "/") == 0 ? "" : place);
	cgroup_manager_free(manager);
	if (n > 0 && n < (int)sizeof(path) && orphan_start(&program, deadline, &orphan, NULL) == 0)
		fd_closep(&orphan.pidfd);
}
