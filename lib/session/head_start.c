// SPDX-License-Identifier: MIT
#include "session/head_start.h"
#include "base/cleanup.h"
#include "base/deadline.h"
#include "base/fd.h"
#include "config.h"
#include "session/inside.h"
#include "session/spawn.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_needed(uid_t uid, enum cgroup_manager_kind kind, const char *place)
{
	bool inside = false;

	/* Started by carrel, as a job of the user's might be. */
	if (strncmp(place, "/carrel/", strlen("/carrel/")) == 0)
		return false;
	if (kind == CGROUP_MANAGER_SYSTEMD || access("/run/systemd/system", F_OK) == 0)
		return false;
	return session_inside(uid, &inside, NULL) == 0 && !inside;
}

void session_head_start(uid_t uid, enum cgroup_manager_kind kind)
{
	char *argv[] = {(char *)SESSION_INIT, NULL, NULL};
	struct cgroup_manager *manager = NULL;
	char place[PATH_MAX], path[PATH_MAX];
	cleanup_close int pidfd = -EBADF;
	pid_t pid;
	int n;

	if (cgroup_of(0, place, sizeof(place)) < 0 || !is_needed(uid, kind, place))
		return;
	if (cgroup_manager_open(kind, DEADLINE_NEVER, &manager, NULL) < 0)
		return;
	n = snprintf(path, sizeof(path), "%s%s/cgroup.procs", manager->root,
		strcmp(place, "/") == 0 ? "" : place);
	cgroup_manager_free(manager);
	argv[1] = path;
	if (n > 0 && n < (int)sizeof(path))
		(void)orphan_spawn(argv, &pid, &pidfd);
}
