// SPDX-License-Identifier: MIT
/*
 * policy.c - are the policies valid, and can this host enforce every limit in them?
 *
 * The files are looked at as they are written, not as they merge for some user: a limit that cannot
 * be enforced is a finding whomever it is for.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "doctor.h"
#include "paths.h"
#include "plan/manager.h"
#include "policy/inifile.h"
#include "policy/names.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void show_problems(struct doctor *doctor, const char *what, struct policy_problems *problems)
{
	char line[2048];

	for (size_t i = 0; i < problems->count; i++)
		doctor_add(doctor, DOCTOR_FAIL, what, "correct it; carrel check looks again", "%s",
			policy_problem_format(&problems->item[i], line, sizeof(line)));
	policy_problems_free(problems);
}

static void add_limit(struct doctor *doctor, const struct scan_entry *entry, const char *file,
	const char *remedy, const char *reason)
{
	doctor_add(doctor, entry->optional ? DOCTOR_WARN : DOCTOR_FAIL, "limit", remedy,
		"%s:%u: %s%s cannot be enforced: %s", file, entry->line, entry->optional ? "?" : "",
		entry->key, reason);
}

/* Checks that each "PATH limits" of io.max leads to a device that the kernel can throttle. Returns
 * false where one does not. */
static bool check_devices(struct doctor *doctor, const struct scan_entry *entry, const char *file)
{
	char text[2 * CARREL_ERROR_TEXT_MAX], path[4096];
	const char *item = entry->value;

	while (*(item += strspn(item, " \t,"))) {
		struct carrel_error err = {0};
		dev_t device;

		snprintf(path, sizeof(path), "%.*s", (int)strcspn(item, " \t,"), item);
		if (cgroup_block_device(path, &device, &err) < 0) {
			add_limit(doctor, entry, file, "name a path on a local disk",
				error_format(&err, text, sizeof(text)));
			return false;
		}
		item += strcspn(item, ",");
	}
	return true;
}

static int limit_id(const char *key)
{
	for (int id = 0; id < CGROUP_LIMIT_COUNT; id++)
		if (strcmp(cgroup_limit_name((enum cgroup_limit_id)id), key) == 0)
			return id;
	return -1;
}

static void check_limit(struct doctor *doctor, const struct scan_entry *entry, const char *file,
	const struct cgroup_manager *manager)
{
	int id = limit_id(entry->key);
	struct carrel_error err = {0};

	/* doctor_cgroup() has said that there is no manager. */
	if (id < 0 || !manager)
		return;
	if (cgroup_can_limit(manager, NULL, (enum cgroup_limit_id)id, &err) < 0)
		add_limit(doctor, entry, file, "write the key with a leading ?, or leave it out",
			err.why[0] ? err.why : err.text);
	else if ((id != CGROUP_IO_MAX || check_devices(doctor, entry, file)) && entry->optional)
		doctor_add(doctor, DOCTOR_OK, "limit", NULL, "%s:%u: ?%s can be enforced", file,
			entry->line, entry->key);
}

static void check_policy_file(
	struct doctor *doctor, int dir, const char *name, const struct cgroup_manager *manager)
{
	struct policy_problems problems = {0};
	char path[4096];
	struct scan scan;

	snprintf(path, sizeof(path), "%s/%s", POLICY_DIR, name);
	/* doctor_policies() has reported what is refused. */
	if (inifile_read(dir, name, path, &scan, &problems) == 0) {
		for (size_t i = 0; i < scan.n_entries; i++) {
			const struct scan_entry *entry = &scan.entry[i];

			if (strcmp(entry->section, "cgroup") == 0 && entry->value[0])
				check_limit(doctor, entry, path, manager);
			if (strcmp(entry->section, "mounts") == 0)
				doctor_paths(doctor, entry, path);
		}
		scan_free(&scan);
	}
	policy_problems_free(&problems);
}

static int is_ini(const struct dirent *entry)
{
	return names_is_ini(entry->d_name);
}

/* Looks at every limit in every file. Returns how many files there are. */
static int check_limits(struct doctor *doctor)
{
	struct cgroup_manager *manager = NULL;
	cleanup_close int dir = open(POLICY_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **entry = NULL;
	int count = 0;

	if (manager_open(&manager, NULL) < 0)
		manager = NULL;
	if (dir >= 0)
		count = scandirat(dir, ".", &entry, is_ini, alphasort);
	for (int i = 0; i < count; i++) {
		check_policy_file(doctor, dir, entry[i]->d_name, manager);
		free(entry[i]);
	}
	free(entry);
	cgroup_manager_free(manager);
	return count;
}

void doctor_policies(struct doctor *doctor)
{
	static char *const no_groups[] = {NULL};
	const struct policy_login nobody = {
		.user = "nobody", .uid = 65534, .gid = 65534, .home = "/", .groups = no_groups};
	struct policy_problems problems = {0}, host_problems = {0};
	char text[2 * CARREL_ERROR_TEXT_MAX];
	struct carrel_error err = {0};
	struct host_config config;
	struct policy policy;
	size_t refused;
	int files;

	(void)host_config_load(POLICY_HOST_INI, &config, &host_problems, &err);
	host_config_free(&config);
	show_problems(doctor, "carrel.ini", &host_problems);
	if (policy_load(POLICY_DIR, &nobody, &policy, &problems, &err) < 0) {
		doctor_add(doctor, DOCTOR_FAIL, "policies", NULL, "%s",
			error_format(&err, text, sizeof(text)));
		return;
	}
	policy_free(&policy);
	refused = problems.count;
	show_problems(doctor, "policy", &problems);
	files = check_limits(doctor);
	if (files <= 0)
		doctor_add(doctor, DOCTOR_WARN, "policies",
			"write one; /usr/share/doc/carrel/examples has some", "there is none in %s",
			POLICY_DIR);
	else if (refused == 0)
		doctor_add(doctor, DOCTOR_OK, "policies", NULL, "%d file%s, all valid", files,
			files == 1 ? "" : "s");
}
