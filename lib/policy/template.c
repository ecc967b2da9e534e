// SPDX-License-Identifier: MIT
#include "policy/template.h"
#include "base/cleanup.h"
#include "base/list.h"
#include "base/units.h"
#include "policy/inifile.h"
#include "policy/names.h"
#include "policy/problems.h"
#include "policy/suggestion.h"
#include "policy/table.h"
#include "policy/value.h"

#include <fcntl.h>
#include <string.h>

static const struct table template_table = {.key = template_keys, .count = TEMPLATE_KEY_COUNT};

static int set_template_key(
	struct guest_template *template, size_t index, unsigned line, struct policy_value *value)
{
	char *text = value_format(&template_keys[index], value);

	if (!text)
		return -ENOMEM;
	free(template->key[index].text);
	template->key[index].text = text;
	template->key[index].line = line;
	return value_store(&template_keys[index], value, template);
}

static int set_template_defaults(struct guest_template *template)
{
	for (size_t i = 0; i < TEMPLATE_KEY_COUNT; i++) {
		cleanup(value_free) struct policy_value value = {0};
		int r = value_parse_default(&template_keys[i], &value);

		if (r == 0)
			r = set_template_key(template, i, 0, &value);
		if (r < 0)
			return r;
	}
	return 0;
}

static int refuse_template_key(const struct guest_template *template, enum template_key index,
	unsigned line, const char *reason, struct policy_problems *problems)
{
	const struct key *key = &template_keys[index];

	return problems_add(problems, template->file, line, key->section, key->name, "%s", reason);
}

/* Refuses values that their types allow but a template cannot have. @line is where a missing key
 * would stand. */
static int check_values(
	const struct guest_template *template, unsigned line, struct policy_problems *problems)
{
	int result = 0;

	if (!template->image[0])
		result = refuse_template_key(template, TEMPLATE_IMAGE,
			template->key[TEMPLATE_IMAGE].line ? template->key[TEMPLATE_IMAGE].line
							   : line,
			"is missing; carrel image list shows the images to choose from", problems);
	if (template->memory % UNITS_MIB && result != -ENOMEM)
		result = refuse_template_key(template, TEMPLATE_MEMORY,
			template->key[TEMPLATE_MEMORY].line, "is not a whole number of MiB",
			problems);
	if (template->disk % UNITS_MIB && result != -ENOMEM)
		result = refuse_template_key(template, TEMPLATE_DISK,
			template->key[TEMPLATE_DISK].line, "is not a whole number of MiB",
			problems);
	return result;
}

static int read_template_scan(
	const struct scan *scan, struct guest_template *template, struct policy_problems *problems)
{
	cleanup(assignments_free) struct assignments assignments = {0};
	int r = table_read(&template_table, scan, template->file, &assignments, problems);

	for (size_t i = 0; r == 0 && i < assignments.count; i++)
		r = set_template_key(template, assignments.item[i].index, assignments.item[i].line,
			&assignments.item[i].value);
	if (r < 0)
		return r;
	if (!scan_has_section(scan, "template"))
		return problems_add(problems, template->file, 0, NULL, NULL,
			"has no section [template]; is it a template?");
	return check_values(template, scan->section[0].line, problems);
}

/* Takes the template's name from that of its file, "small.ini". */
static int take_name(
	const char *file, struct guest_template *template, struct policy_problems *problems)
{
	size_t length = strlen(file);

	if (!names_is_ini(file))
		return problems_add(problems, template->file, 0, NULL, NULL,
			"the name of a template file has to end in .ini");
	template->name = strndup(file, length - 4);
	if (!template->name)
		return -ENOMEM;
	if (strlen(template->name) > TEMPLATE_NAME_MAX || !value_is_name(template->name))
		return problems_add(problems, template->file, 0, NULL, NULL,
			"the name before .ini is not a valid template name: letters, digits, \".\", \"_\" and \"-\", the first a letter or digit, at most %d",
			TEMPLATE_NAME_MAX);
	return 0;
}

/* Reads @file in @dirfd. Messages call it @path. */
static int read_template_file(int dirfd, const char *file, const char *path,
	struct guest_template *ret_template, struct policy_problems *problems)
{
	cleanup(template_free) struct guest_template template = {.file = strdup(path)};
	cleanup(scan_free) struct scan scan = {0};
	const char *slash = strrchr(file, '/');
	int r;

	if (!template.file)
		return -ENOMEM;
	r = set_template_defaults(&template);
	if (r == 0)
		r = inifile_read(dirfd, file, path, &scan, problems);
	if (r == 0)
		r = read_template_scan(&scan, &template, problems);
	if (r == 0)
		r = take_name(slash ? slash + 1 : file, &template, problems);
	if (r < 0)
		return r;
	*ret_template = TAKE_STRUCT(template);
	return 0;
}

/* Fills @err with the first of @problems, "small.ini:3: [template] memory: …". */
static int report_refusal(
	int r, const char *name, const struct policy_problems *problems, struct carrel_error *err)
{
	char line[2 * PROBLEM_REASON_MAX];

	error_set(err, r, "template %s", name);
	if (problems->count > 0)
		error_why(err, "%s", policy_problem_format(&problems->item[0], line, sizeof(line)));
	return r;
}

static int not_there(int dirfd, const char *dir, const char *name, struct carrel_error *err)
{
	cleanup(list_freep) char **names = NULL;
	struct suggestion near = {.word = name};

	error_set(err, -ENOENT, "template %s", name);
	if (names_read(dirfd, &names) == 0)
		for (char **file = names; file && *file; file++) {
			(*file)[strlen(*file) - 4] = '\0';
			suggest_try(&near, *file);
		}
	if (near.best)
		error_why(err, "there is none in %s; did you mean \"%s\"?", dir, near.best);
	else
		error_why(err, "there is none in %s", dir);
	return -ENOENT;
}

static int load_template(const char *dir, const char *name, struct guest_template *ret_template,
	struct policy_problems *problems, struct carrel_error *err)
{
	cleanup_free char *path = NULL;
	cleanup_close int dirfd = -EBADF;
	struct stat st;
	int r;

	dirfd = names_open_folder("template folder", dir, &st, err);
	if (dirfd < 0)
		return dirfd;
	if (!value_is_name(name))
		return not_there(dirfd, dir, name, err);
	if (asprintf(&path, "%s/%s.ini", dir, name) < 0) {
		path = NULL;
		return error_set(err, -ENOMEM, "template %s", name);
	}
	r = read_template_file(dirfd, path + strlen(dir) + 1, path, ret_template, problems);
	if (r == -ENOENT)
		return not_there(dirfd, dir, name, err);
	return r < 0 ? report_refusal(r, name, problems, err) : 0;
}

int template_load(const char *dir, const char *name, struct guest_template *ret_template,
	struct policy_problems *ret_problems, struct carrel_error *err)
{
	cleanup(policy_problems_free) struct policy_problems problems = {0};
	int r = load_template(dir, name, ret_template, &problems, err);

	if (ret_problems)
		*ret_problems = TAKE_STRUCT(problems);
	return r;
}

int template_check_file(const char *path, struct guest_template *ret_template,
	struct policy_problems *ret_problems, struct carrel_error *err)
{
	cleanup(policy_problems_free) struct policy_problems problems = {0};
	int r = read_template_file(AT_FDCWD, path, path, ret_template, &problems);

	if (r == -ENOENT)
		r = problems_add(&problems, path, 0, NULL, NULL, "there is no such file");
	if (r < 0)
		report_refusal(r, path, &problems, err);
	if (ret_problems)
		*ret_problems = TAKE_STRUCT(problems);
	return r;
}

int template_names(const char *dir, char ***ret_names, struct carrel_error *err)
{
	cleanup(list_freep) char **names = NULL;
	cleanup_close int dirfd = -EBADF;
	struct stat st;
	int r;

	dirfd = names_open_folder("template folder", dir, &st, err);
	if (dirfd == -ENOENT) {
		*ret_names = NULL;
		return 0;
	}
	if (dirfd < 0)
		return dirfd;
	r = names_read(dirfd, &names);
	if (r < 0)
		return error_set(err, r, "template folder %s", dir);
	for (char **name = names; name && *name; name++)
		(*name)[strlen(*name) - 4] = '\0';
	*ret_names = TAKE_PTR(names);
	return 0;
}

void template_free(struct guest_template *template)
{
	free(template->name);
	free(template->file);
	free(template->description);
	free(template->image);
	for (size_t i = 0; i < TEMPLATE_KEY_COUNT; i++)
		free(template->key[i].text);
	*template = (struct guest_template){0};
}

uint64_t template_needs_memory(uint64_t memory)
{
	uint64_t more = memory / 10;

	return memory + (more > 128 * UNITS_MIB ? more : 128 * UNITS_MIB);
}
