// SPDX-License-Identifier: MIT
/*
 * check.c - carrel check: says what is wrong with the policies before it matters.
 */
#include "base/cleanup.h"
#include "command.h"
#include "policy/policy.h"
#include "problem_lines.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { OPTION_POLICY_DIR, OPTION_HOST_FILE };

struct tally {
	size_t files;
	size_t problems;
};

static void count(struct tally *tally, size_t files, struct policy_problems *problems)
{
	problem_lines_print(problems);
	tally->files += files;
	tally->problems += problems->count;
	policy_problems_free(problems);
}

static bool is_ini(const char *name)
{
	size_t length = strlen(name);

	return length > 4 && name[0] != '.' && strcmp(name + length - 4, ".ini") == 0;
}

static size_t count_ini(const char *dir)
{
	cleanup_closedir DIR *stream = opendir(dir);
	size_t files = 0;

	if (!stream)
		return 0;
	for (struct dirent *entry; (entry = readdir(stream));)
		files += is_ini(entry->d_name);
	return files;
}

/* A folder is loaded as for a login, whoever that is: every file is read, matching or not. */
static int check_folder(const char *dir, struct tally *tally, struct carrel_error *err)
{
	static char *const no_groups[] = {NULL};
	const struct policy_login nobody = {
		.user = "nobody", .uid = 65534, .gid = 65534, .home = "/", .groups = no_groups};
	struct policy_problems problems = {0};
	struct policy policy;
	int r = policy_load(dir, &nobody, &policy, &problems, err);

	if (r < 0)
		return r;
	policy_free(&policy);
	count(tally, count_ini(dir), &problems);
	return 0;
}

static int check_host_file(const char *path, struct tally *tally, struct carrel_error *err)
{
	struct policy_problems problems = {0};
	struct host_config config;
	int r = host_config_load(path, &config, &problems, err);

	host_config_free(&config);
	if (r == -ENOMEM)
		return r;
	count(tally, access(path, F_OK) == 0, &problems);
	return r == -EINVAL ? 0 : r;
}

static int check_policy(const char *path, struct tally *tally, struct carrel_error *err)
{
	struct policy_problems problems = {0};
	int r = policy_check_file(path, &problems, err);

	count(tally, 1, &problems);
	return r == -EINVAL && problems.count == 0 ? 0 : r;
}

/* A folder of policies, carrel.ini by its name, or one policy. */
static int check_operand(const char *path, struct tally *tally, struct carrel_error *err)
{
	const char *slash = strrchr(path, '/');
	struct stat st;

	if (stat(path, &st) < 0)
		return error_set(err, -errno, "%s", path);
	if (S_ISDIR(st.st_mode))
		return check_folder(path, tally, err);
	if (strcmp(slash ? slash + 1 : path, "carrel.ini") == 0)
		return check_host_file(path, tally, err);
	return check_policy(path, tally, err);
}

static int run(const struct command_input *input)
{
	const char *dir = input->option[OPTION_POLICY_DIR];
	const char *host = input->option[OPTION_HOST_FILE];
	struct carrel_error err = {0};
	struct tally tally = {0};
	int failed = 0, r = 0;

	for (int i = 0; i < input->n_operands; i++)
		if (check_operand(input->operand[i], &tally, &err) < 0)
			failed = command_failed(&err);
	if (host || (input->n_operands == 0 && !dir))
		r = check_host_file(host ? host : POLICY_HOST_INI, &tally, &err);
	if (r < 0)
		failed = command_failed(&err);
	r = 0;
	if (dir || (input->n_operands == 0 && !host))
		r = check_folder(dir ? dir : POLICY_DIR, &tally, &err);
	if (r < 0)
		failed = command_failed(&err);

	if (tally.problems > 0)
		return COMMAND_INVALID;
	if (failed)
		return failed;
	printf("%zu file%s, no problems\n", tally.files, tally.files == 1 ? "" : "s");
	return COMMAND_DONE;
}

const struct command_verb verb_check = {
	.name = "check",
	.operands = "[FILE...]",
	.summary = "validate policies: file, line and reason of what is wrong",
	.details =
		"Without FILE: all of " POLICY_DIR " and " POLICY_HOST_INI
		".\nFILE is a policy, a folder of them, or a carrel.ini. Exit code 3: there are\n"
		"problems, each a line FILE:LINE: [section] key: reason on stderr.\n",
	.max_operands = COMMAND_OPERANDS_ANY,
	.options =
		{
			[OPTION_POLICY_DIR] = {"policy-dir", "DIR", "a folder of policies"},
			[OPTION_HOST_FILE] = {"host-file", "FILE", "a carrel.ini"},
		},
	.run = run,
};
