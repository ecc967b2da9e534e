// SPDX-License-Identifier: MIT
/*
 * check.c - carrel check: says what is wrong with policies and templates before it matters.
 */
#include "check.h"
#include "base/cleanup.h"
#include "guest/image/recipe.h"
#include "helper/cli/command.h"
#include "helper/cli/output.h"
#include "policy/problems.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPTION_POLICY_DIR, OPTION_HOST_FILE, OPTION_TEMPLATE_DIR };

/* What is to be looked at. */
struct job {
	struct check check;
	struct host_config config;
	const char *templates; /* the folder that policies name templates of */
};

static int check_host_file(const char *path, struct job *job, struct carrel_error *err)
{
	cleanup(policy_problems_free) struct policy_problems problems = {0};
	int r;

	host_config_free(&job->config);
	r = host_config_load(path, &job->config, &problems, err);
	if (r == -ENOMEM)
		return r;
	job->check.files += access(path, F_OK) == 0;
	if (problems_move(&job->check.problems, &problems) < 0)
		return error_set(err, -ENOMEM, "%s", path);
	return r == -EINVAL ? 0 : r;
}

static int check_policy(const char *path, struct job *job, struct carrel_error *err)
{
	cleanup(policy_problems_free) struct policy_problems problems = {0};
	int r = policy_check_file(path, &problems, err);
	bool explained = problems.count > 0;

	job->check.files++;
	if (problems_move(&job->check.problems, &problems) < 0)
		return error_set(err, -ENOMEM, "%s", path);
	return r == -EINVAL && explained ? 0 : r;
}

/* Checks a folder of policies. With @own, the templates themselves are looked at as well. */
static int check_policies(const char *dir, bool own, struct job *job, struct carrel_error *err)
{
	cleanup(check_free) struct check unasked = {.config = &job->config};
	cleanup(policy_folder_free) struct policy_folder policies = {0};
	cleanup(template_set_free) struct template_set templates = {0};
	int r = policy_folder_read(dir, &policies, &job->check.problems, err);

	if (r < 0)
		return r;
	job->check.files += policies.count;
	r = check_templates(job->templates, own ? &job->check : &unasked, &templates, err);
	if (r == 0 && (check_guests(&policies, &templates, &job->check) < 0 ||
			      check_matches(&policies, &job->check) < 0))
		r = error_set(err, -ENOMEM, "policies in %s", dir);
	return r;
}

static int check_template_folder(const char *dir, struct job *job, struct carrel_error *err)
{
	cleanup(template_set_free) struct template_set templates = {0};

	return check_templates(dir, &job->check, &templates, err);
}

static bool is_called(const char *path, const char *name)
{
	size_t length = strlen(path), wanted = strlen(name);

	while (length > 1 && path[length - 1] == '/')
		length--;
	return length >= wanted && strncmp(path + length - wanted, name, wanted) == 0 &&
	       (length == wanted || path[length - wanted - 1] == '/');
}

/* Checks a folder of templates, of recipes or of policies, carrel.ini by its name, or a file of
 * these. */
static int check_path(const char *path, struct job *job, struct carrel_error *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return error_set(err, -errno, "%s", path);
	if (S_ISDIR(st.st_mode) && is_called(path, "templates.d"))
		return check_template_folder(path, job, err);
	if (S_ISDIR(st.st_mode) && is_called(path, "recipes.d"))
		return check_recipes(path, &job->check, err);
	if (S_ISDIR(st.st_mode))
		return check_policies(path, false, job, err);
	if (is_called(path, "carrel.ini"))
		return check_host_file(path, job, err);
	if (check_is_kind(path, "templates.d", "template"))
		return check_template_file(path, &job->check, err);
	if (check_is_kind(path, "recipes.d", "recipe"))
		return check_recipe(path, &job->check, err);
	return check_policy(path, job, err);
}

/* Checks everything that the options ask for or, without any, all of /etc/carrel. */
static int check_folders(const struct command_input *input, struct job *job)
{
	const char *dir = input->option[OPTION_POLICY_DIR];
	const char *host = input->option[OPTION_HOST_FILE];
	bool templates = input->option[OPTION_TEMPLATE_DIR];
	bool all = input->n_operands == 0 && !dir && !host && !templates;
	struct carrel_error err = {0};
	int failed = 0;

	if ((host || all) && check_host_file(host ? host : POLICY_HOST_INI, job, &err) < 0)
		failed = command_failed(&err);
	if ((dir || all) && check_policies(dir ? dir : POLICY_DIR, templates || all, job, &err) < 0)
		failed = command_failed(&err);
	else if (templates && !dir && check_template_folder(job->templates, job, &err) < 0)
		failed = command_failed(&err);
	if (all && check_recipes(RECIPE_DIR, &job->check, &err) < 0)
		failed = command_failed(&err);
	return failed;
}

static int print_verdict(const struct check *check, int failed)
{
	const char *plural = check->files == 1 ? "" : "s";

	output_problems(&check->problems);
	output_problems(&check->warnings);
	if (check->problems.count > 0)
		return COMMAND_INVALID;
	if (failed)
		return failed;
	printf("%zu file%s, no problems", check->files, plural);
	if (check->warnings.count > 0)
		printf(", %zu warning%s", check->warnings.count,
			check->warnings.count == 1 ? "" : "s");
	putchar('\n');
	return COMMAND_DONE;
}

static int run_check(const struct command_input *input)
{
	struct job job = {.templates = TEMPLATE_DIR};
	struct carrel_error err = {0};
	int failed = 0, r;

	if (input->option[OPTION_TEMPLATE_DIR])
		job.templates = input->option[OPTION_TEMPLATE_DIR];
	/* It does not matter here what a refused carrel.ini would allow. That is reported if it is
	 * asked for. */
	(void)host_config_load(POLICY_HOST_INI, &job.config, NULL, NULL);
	job.check.config = &job.config;
	for (int i = 0; i < input->n_operands; i++)
		if (check_path(input->operand[i], &job, &err) < 0)
			failed = command_failed(&err);
	r = check_folders(input, &job);
	r = print_verdict(&job.check, r ? r : failed);
	check_free(&job.check);
	host_config_free(&job.config);
	return r;
}

const struct command_verb verb_check = {
	.name = "check",
	.operands = "[FILE...]",
	.summary = "validate policies, templates and recipes: file, line and reason",
	.details = "Without FILE: all of " POLICY_DIR ", " TEMPLATE_DIR ",\n" RECIPE_DIR
		   " and " POLICY_HOST_INI
		   ", and whether they go together. FILE is a\npolicy, a template, a recipe, a "
		   "folder of these, "
		   "or a carrel.ini. Exit code 3: there are problems,\neach a line FILE:LINE: "
		   "[section] "
		   "key: reason on stderr. Warnings are such lines too.\n",
	.max_operands = COMMAND_OPERANDS_ANY,
	.options =
		{
			[OPTION_POLICY_DIR] = {"policy-dir", "DIR", "a folder of policies"},
			[OPTION_HOST_FILE] = {"host-file", "FILE", "a carrel.ini"},
			[OPTION_TEMPLATE_DIR] = {"template-dir", "DIR",
				"a folder of templates, also of those that policies name"},
		},
	.run = run_check,
};
