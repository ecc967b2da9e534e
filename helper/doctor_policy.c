// SPDX-License-Identifier: MIT
/*
 * doctor_policy.c - are the policies valid, and can this host enforce every limit in them?
 *
 * The files are looked at as they are written, not as they merge for some user: a limit that cannot
 * be enforced is a finding whomever it is for.
 */
#include "base/cleanup.h"
#include "base/fd.h"
#include "cgroup/libsystemd.h"
#include "doctor.h"
#include "manager.h"
#include "policy/inifile.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct cgroup_tree {
	char root[256];
	char *controllers; /* those that there are */
	char *enabled;     /* those that the root's children have */
};

static void show_problems(struct doctor *doctor, const char *what, struct policy_problems *problems)
{
	char line[2048];

	for (size_t i = 0; i < problems->count; i++)
		doctor_add(doctor, DOCTOR_FAIL, what, "correct it; carrel check looks again", "%s",
			policy_problem_format(&problems->item[i], line, sizeof(line)));
	policy_problems_free(problems);
}

void doctor_cgroup(struct doctor *doctor)
{
	static const char *const why[] = {
		[CGROUP_MANAGER_AUTO] = "chosen by carrel, because systemd",
		[CGROUP_MANAGER_SYSTEMD] = "carrel.ini says so",
		[CGROUP_MANAGER_CGROUPFS] = "carrel.ini says so",
	};
	enum cgroup_manager_kind kind = manager_configured();
	struct cgroup_manager *manager = NULL;
	char text[2 * CARREL_ERROR_TEXT_MAX];
	struct carrel_error err = {0};

	if (manager_open(&manager, &err) < 0 ||
		(strcmp(manager->ops->name, "systemd") == 0 && libsystemd_load(&err) < 0))
		doctor_add(doctor, DOCTOR_FAIL, "cgroup manager", NULL, "%s",
			error_format(&err, text, sizeof(text)));
	else
		doctor_add(doctor, DOCTOR_OK, "cgroup manager", NULL, "%s on %s (%s%s)",
			manager->ops->name, manager->root, why[kind],
			kind != CGROUP_MANAGER_AUTO                  ? ""
			: strcmp(manager->ops->name, "systemd") == 0 ? " runs here"
								     : " does not run here");
	cgroup_manager_free(manager);
}

/* Whether " @word " is among the words of @text. */
static bool has_word(const char *text, const char *word, size_t length)
{
	while (*text) {
		size_t n = strcspn(text, " \n");

		if (n == length && strncmp(text, word, length) == 0)
			return true;
		text += n;
		text += strspn(text, " \n");
	}
	return false;
}

static void add_limit(struct doctor *doctor, const struct scan_entry *entry, const char *file,
	const char *remedy, const char *reason)
{
	doctor_add(doctor, entry->optional ? DOCTOR_WARN : DOCTOR_FAIL, "limit", remedy,
		"%s:%u: %s%s cannot be enforced: %s", file, entry->line, entry->optional ? "?" : "",
		entry->key, reason);
}

/*
 * Whether the kernel has the file of a limit: without swap accounting there is no memory.swap.max,
 * without BFQ and iocost no io.weight. The root has no limits, so its first child tells, if the
 * controller is enabled for it; where it is not, nobody can tell yet.
 */
static bool has_file(const struct cgroup_tree *tree, const char *key, size_t length)
{
	cleanup_closedir DIR *dir = NULL;
	struct dirent *entry;

	if (!has_word(tree->enabled, key, length))
		return true;
	dir = opendir(tree->root);
	while (dir && (entry = readdir(dir))) {
		char path[512];

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%.64s", entry->d_name, key);
		return faccessat(dirfd(dir), path, F_OK, 0) == 0;
	}
	return true;
}

/* Each "PATH limits" of io.max must lead to a device that the kernel can throttle. Returns false
 * where one does not. */
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

static void check_limit(struct doctor *doctor, const struct scan_entry *entry, const char *file,
	const struct cgroup_tree *tree)
{
	size_t length = strcspn(entry->key, "."); /* "memory.swap.max" belongs to "memory" */
	char reason[128];

	if (!has_word(tree->controllers, entry->key, length)) {
		snprintf(reason, sizeof(reason), "the cgroup2 tree has no %.*s controller",
			(int)length, entry->key);
		add_limit(doctor, entry, file, "enable it, or write the key with a leading ?",
			reason);
	} else if (!has_file(tree, entry->key, length)) {
		add_limit(doctor, entry, file, "write the key with a leading ?, or leave it out",
			"this kernel does not have it");
	} else if ((strcmp(entry->key, "io.max") != 0 || check_devices(doctor, entry, file)) &&
		   entry->optional) {
		doctor_add(doctor, DOCTOR_OK, "limit", NULL, "%s:%u: ?%s can be enforced", file,
			entry->line, entry->key);
	}
}

static void check_file(
	struct doctor *doctor, int dir, const char *name, const struct cgroup_tree *tree)
{
	struct policy_problems problems = {0};
	char path[4096];
	struct scan scan;

	snprintf(path, sizeof(path), "%s/%s", POLICY_DIR, name);
	/* What is refused has been reported by doctor_policies(). */
	if (inifile_read(dir, name, path, &scan, &problems) == 0) {
		for (size_t i = 0; i < scan.n_entries; i++)
			if (strcmp(scan.entry[i].section, "cgroup") == 0 && scan.entry[i].value[0])
				check_limit(doctor, &scan.entry[i], path, tree);
		scan_free(&scan);
	}
	policy_problems_free(&problems);
}

/* Reads what the tree offers: nothing, where there is none. Returns false if out of memory. */
static bool read_tree(struct cgroup_tree *tree)
{
	struct cgroup_manager *manager = NULL;

	if (manager_open(&manager, NULL) == 0) {
		snprintf(tree->root, sizeof(tree->root), "%s", manager->root);
		fd_read_file(manager->root_fd, "cgroup.controllers", 4096, &tree->controllers);
		fd_read_file(manager->root_fd, "cgroup.subtree_control", 4096, &tree->enabled);
	}
	cgroup_manager_free(manager);
	if (!tree->controllers)
		tree->controllers = strdup("");
	if (!tree->enabled)
		tree->enabled = strdup("");
	return tree->controllers && tree->enabled;
}

static int is_ini(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 4 && entry->d_name[0] != '.' &&
	       strcmp(entry->d_name + length - 4, ".ini") == 0;
}

/* Looks at every limit in every file; returns how many files there are. */
static int check_limits(struct doctor *doctor)
{
	struct cgroup_tree tree = {0};
	cleanup_close int dir = open(POLICY_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **entry = NULL;
	int count = 0;

	if (!read_tree(&tree))
		doctor->failed = true;
	else if (dir >= 0)
		count = scandirat(dir, ".", &entry, is_ini, alphasort);
	for (int i = 0; i < count; i++) {
		check_file(doctor, dir, entry[i]->d_name, &tree);
		free(entry[i]);
	}
	free(entry);
	free(tree.controllers);
	free(tree.enabled);
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

	if (host_config_load(POLICY_HOST_INI, &config, &host_problems, &err) != -ENOMEM)
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
