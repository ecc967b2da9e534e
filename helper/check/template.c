// SPDX-License-Identifier: MIT
/*
 * template.c - checks templates, one by one.
 */
#include "base/cleanup.h"
#include "base/list.h"
#include "base/machine.h"
#include "base/units.h"
#include "check.h"
#include "guest/image/image.h"
#include "policy/inifile.h"
#include "policy/problems.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

void check_free(struct check *check)
{
	policy_problems_free(&check->problems);
	policy_problems_free(&check->warnings);
}

__attribute__((format(printf, 4, 5))) static int add_warning(struct check *check,
	const struct guest_template *template, enum template_key index, const char *format, ...)
{
	char reason[PROBLEM_REASON_MAX];
	va_list args;
	int r;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	r = problems_add(&check->warnings, template->file, template->key[index].line,
		template_keys[index].section, template_keys[index].name, "warning: %s", reason);
	return r == -ENOMEM ? r : 0;
}

/* Warns of what can be put right without touching the file. */
static int find_warnings(const struct guest_template *template, struct check *check)
{
	cleanup_close int dir = open(IMAGE_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC);
	uint64_t memory, cpus, disk;
	struct statvfs fs;
	char buf[UNITS_TEXT_MAX];
	int r = 0;

	if (dir < 0 || faccessat(dir, template->image, F_OK, 0) < 0)
		r = add_warning(check, template, TEMPLATE_IMAGE,
			"there is no image \"%s\" in %s; carrel image build or import makes one",
			template->image, IMAGE_DIR);
	if (r < 0 || !check->config)
		return r;
	memory = host_config_guest_memory(check->config, machine_memory());
	cpus = host_config_guest_vcpus(check->config, machine_cpus());
	if (template->memory > memory)
		r = add_warning(check, template, TEMPLATE_MEMORY,
			"no guest can start: [admission] guest_memory of carrel.ini lets all "
			"guests have %s",
			units_format_size(memory >> 20 << 20, buf));
	if (r == 0 && template->vcpus > cpus)
		r = add_warning(check, template, TEMPLATE_VCPUS,
			"no guest can start: [admission] guest_vcpus of carrel.ini lets all guests "
			"have %llu",
			(unsigned long long)cpus);
	/* The first image or guest makes the folder, on the file system of the one above. */
	if (r < 0 || (statvfs(IMAGE_STATE_DIR, &fs) < 0 && statvfs("/var/lib", &fs) < 0))
		return r;
	disk = host_config_guest_disk(check->config, (uint64_t)fs.f_blocks * fs.f_frsize);
	if (template->disk > disk)
		r = add_warning(check, template, TEMPLATE_DISK,
			"no guest can start: [admission] guest_disk of carrel.ini lets the disks "
			"of all guests have %s",
			units_format_size(disk >> 20 << 20, buf));
	return r;
}

/* Reads a template. Returns 0 and *ret_template; -EINVAL where it is refused; or -ENOMEM. */
static int read_template(const char *path, struct check *check, struct guest_template *ret_template,
	struct carrel_error *err)
{
	cleanup(policy_problems_free) struct policy_problems problems = {0};
	cleanup(template_free) struct guest_template template = {0};
	int r = template_check_file(path, &template, &problems, err);

	check->files++;
	if (problems_move(&check->problems, &problems) < 0)
		return error_set(err, -ENOMEM, "template %s", path);
	if (r == 0 && find_warnings(&template, check) < 0)
		return error_set(err, -ENOMEM, "template %s", path);
	if (r < 0)
		return r;
	*ret_template = template;
	template = (struct guest_template){0};
	return 0;
}

int check_template_file(const char *path, struct check *check, struct carrel_error *err)
{
	cleanup(template_free) struct guest_template template = {0};
	int r = read_template(path, check, &template, err);

	return r == -EINVAL ? 0 : r;
}

void template_set_free(struct template_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		template_free(&set->item[i]);
	free(set->item);
	list_free(set->names);
	*set = (struct template_set){0};
}

int check_templates(const char *dir, struct check *check, struct template_set *ret_set,
	struct carrel_error *err)
{
	cleanup(template_set_free) struct template_set set = {.dir = dir};
	int r = template_names(dir, &set.names, err);

	if (r < 0)
		return r;
	set.item = calloc(list_length(set.names) + 1, sizeof(*set.item));
	if (!set.item)
		return error_set(err, -ENOMEM, "template folder %s", dir);
	for (char **name = set.names; name && *name; name++) {
		cleanup_free char *path = NULL;

		if (asprintf(&path, "%s/%s.ini", dir, *name) < 0) {
			path = NULL;
			return error_set(err, -ENOMEM, "template folder %s", dir);
		}
		r = read_template(path, check, &set.item[set.count], err);
		if (r == 0)
			set.count++;
		else if (r != -EINVAL)
			return r;
	}
	*ret_set = set;
	set = (struct template_set){0};
	return 0;
}

static bool is_in_folder(const char *path, const char *name)
{
	cleanup_free char *real = realpath(path, NULL);
	char *slash = real ? strrchr(real, '/') : NULL;

	if (!slash)
		return false;
	*slash = '\0';
	slash = strrchr(real, '/');
	return slash && strcmp(slash + 1, name) == 0;
}

bool check_is_kind(const char *path, const char *folder, const char *section)
{
	cleanup(policy_problems_free) struct policy_problems ignored = {0};
	cleanup(scan_free) struct scan scan = {0};

	if (is_in_folder(path, folder))
		return true;
	return inifile_read(AT_FDCWD, path, path, &scan, &ignored) == 0 &&
	       scan_has_section(&scan, section);
}
