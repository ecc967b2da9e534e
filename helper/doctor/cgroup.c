// SPDX-License-Identifier: MIT
/*
 * cgroup.c - who makes the users' cgroups, in which trees, and may we write to them?
 */
#include "base/cleanup.h"
#include "base/machine.h"
#include "cgroup/systemd/libsystemd.h"
#include "doctor.h"
#include "plan/manager.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

static void check_manager(struct doctor *doctor, const struct cgroup_manager *manager)
{
	const char *why = "carrel.ini says so";

	if (manager_configured() == CGROUP_MANAGER_AUTO)
		why = machine_runs_systemd()
			      ? "chosen by carrel, because systemd runs here"
			      : "chosen by carrel, because systemd does not run here";
	doctor_add(doctor, DOCTOR_OK, "cgroup manager", NULL, "%s on %s (%s)", manager->ops->name,
		manager->root, why);
}

/* Reports the trees, such as "hybrid: cgroup v1 in /sys/fs/cgroup/cpu, /sys/fs/cgroup/memory;
 * cannot be enforced here: memory.high". */
static void check_layout(struct doctor *doctor, const struct cgroup_manager *manager)
{
	char trees[CGROUP_V1_MAX * 160] = "", missing[256] = "";
	size_t used = 0;

	if (manager->n_v1 == 0) {
		doctor_add(doctor, DOCTOR_OK, "cgroup layout", NULL, "unified: cgroup2 alone");
		return;
	}
	for (size_t i = 0; i < manager->n_v1; i++)
		used += (size_t)snprintf(trees + used, sizeof(trees) - used, "%s%s",
			used ? ", " : "", manager->v1[i].root);
	used = 0;
	for (int id = 0; id < CGROUP_LIMIT_COUNT; id++)
		if (cgroup_can_limit(manager, NULL, (enum cgroup_limit_id)id, NULL) < 0)
			used += (size_t)snprintf(missing + used, sizeof(missing) - used, "%s%s",
				used ? ", " : "; cannot be enforced here: ",
				cgroup_limit_name((enum cgroup_limit_id)id));
	doctor_add(doctor, DOCTOR_OK, "cgroup layout", NULL, "hybrid: cgroup v1 in %s%s", trees,
		missing);
}

static void check_tree(struct doctor *doctor, int fd, const char *root)
{
	struct cgroup_container container;
	struct statvfs fs;

	if (fstatvfs(fd, &fs) == 0 && !(fs.f_flag & ST_RDONLY) &&
		(geteuid() != 0 || faccessat(fd, "cgroup.procs", W_OK, AT_EACCESS) == 0))
		return;
	cgroup_container_look(&container);
	doctor_add(doctor, DOCTOR_FAIL, "cgroup tree", container.remedy,
		"%s is not ours to write to%s%s", root,
		container.name[0] ? " in this container: " : "", container.name);
}

/* Gives no more than a hint: slow moves cost each login some milliseconds, and nothing else. With
 * systemd the login waits in pam_systemd, with carrel or without. */
static void check_moves(struct doctor *doctor, const struct cgroup_manager *manager)
{
	if (strcmp(manager->ops->name, "cgroupfs") != 0)
		return;
	if (cgroup_moves_at_once())
		doctor_add(doctor, DOCTOR_OK, "cgroup moves", NULL, "at once (favordynmods)");
	else
		doctor_add(doctor, DOCTOR_OK, "cgroup moves",
			"the mount option favordynmods (Linux 6.0) spares logins that, and makes "
			"every fork a little slower",
			"each login waits some milliseconds for the kernel");
}

void doctor_cgroup(struct doctor *doctor)
{
	struct cgroup_manager *manager = NULL;
	char text[2 * CARREL_ERROR_TEXT_MAX];
	struct carrel_error err = {0};

	if (manager_open(&manager, &err) < 0 ||
		(strcmp(manager->ops->name, "systemd") == 0 && libsystemd_load(&err) < 0)) {
		doctor_add(doctor, DOCTOR_FAIL, "cgroup manager", NULL, "%s",
			error_format(&err, text, sizeof(text)));
	} else {
		check_manager(doctor, manager);
		check_layout(doctor, manager);
		check_moves(doctor, manager);
		check_tree(doctor, manager->root_fd, manager->root);
		for (size_t i = 0; i < manager->n_v1; i++)
			check_tree(doctor, manager->v1[i].fd, manager->v1[i].root);
	}
	cgroup_manager_free(manager);
}
